"""Pictures out of a tar archive: safely, and the folder appears whole or not at all."""

import tarfile
import zlib
from pathlib import Path

from helpers.errors import UserError
from helpers.files import check_room, whole_folder


def unpack_pictures(archive: Path, target: Path) -> Path:
    """Unpack the files of ``archive`` into the new folder ``target``.

    Only plain files with plain names are written: a member that would escape the folder, a link or
    a device is refused by name before anything is written.

    Raises
    ------
    UserError
        Not a tar file, cut off, a dangerous member, no files, or not enough disk.
    """
    try:
        with whole_folder(target) as beside, tarfile.open(archive) as tar:
            members = [_checked(member, archive) for member in tar.getmembers()]
            if not members:
                raise UserError(f"{archive} holds no files.")
            check_room(sum(member.size for member in members), target.parent, archive)
            tar.extractall(beside, members=members, filter="data")
    except (tarfile.TarError, EOFError, zlib.error) as error:
        raise UserError(f"{archive}: not a whole tar archive ({error}); fetch it again.") from None
    except OSError as error:
        if not target.is_dir():  # else another process was faster
            reason = error.strerror or error
            raise UserError(f"{archive} could not be unpacked: {reason}.") from None
    return target


def _checked(member: tarfile.TarInfo, archive: Path) -> tarfile.TarInfo:
    plain = member.name not in (".", "..", "") and "/" not in member.name.removeprefix("./")
    if not member.isfile() or not plain or "\\" in member.name:
        raise UserError(
            f"{archive}: the member {member.name!r} is not a plain file with a plain name; "
            "nothing was unpacked."
        )
    return member

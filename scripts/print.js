// Run in the page that holds the whole book before it is printed; returns the links that have no
// target and the pictures that are missing.
async () => {
    // Chapters share names such as "recap" for their places, so each target gets a name of its
    // own, and a link leads into its own chapter before any other.
    const marks = Array.from(document.querySelectorAll('span[id^="document-"]'));
    const chapters = marks.map(mark => mark.nextElementSibling);
    chapters.forEach(chapter => chapter.classList.add('chapter'));
    const inside = (scope, name) => scope && scope.querySelector(`[id="${CSS.escape(name)}"]`);
    const found = [];
    document.querySelectorAll('a[href]').forEach(link => {
        const target = new URL(link.href);
        if (target.protocol !== 'file:') return;
        const name = decodeURIComponent(target.hash.slice(1));
        const entry = link.closest('.bibtex-citation')
            && document.querySelector(`[role="doc-biblioentry"][id="${CSS.escape(name)}"]`);
        const page = (target.pathname.match(/(notebooks|book)\/\w+(?=\.html$)/) || [])[0];
        const other = document.getElementById(`document-${page}`);
        const own = chapters.find(chapter => chapter.contains(link));
        const asked = other ? (name ? inside(other.nextElementSibling, name) : other) : null;
        if (name || other) found.push(
            [link, entry || asked || inside(own, name) || document.getElementById(name)]);
        else link.removeAttribute('href');  // a picture that leads to its own file, or to nowhere
    });
    const lost = [];
    let count = 0;
    found.forEach(([link, target]) => {
        if (!target) { lost.push(link.getAttribute('href')); return; }
        if (!target.dataset.place) {
            target.dataset.place = `place-${count++}`;
            const anchor = document.createElement('a');
            anchor.id = target.dataset.place;
            target.before(anchor);
        }
        link.setAttribute('href', `#${target.dataset.place}`);
    });

    // What folds in the browser stands open on paper, except code that only draws.
    document.querySelectorAll('.cell:not(.tag_solution) details.hide').forEach(
        fold => fold.remove());
    document.querySelectorAll('.toggle-hidden').forEach(
        hidden => hidden.classList.remove('toggle-hidden'));
    document.querySelectorAll('details').forEach(fold => { fold.open = true; });
    document.querySelectorAll('img').forEach(image => { image.loading = 'eager'; });
    await window.MathJax.startup.promise;
    await document.fonts.ready;
    // What a script fills when the reader asks for it has no address, and is not printed.
    const images = Array.from(document.images).filter(image => image.hasAttribute('src'));
    await Promise.allSettled(images.map(image => image.decode()));
    return [lost, images.filter(image => image.naturalWidth === 0).map(image => image.src)];
}

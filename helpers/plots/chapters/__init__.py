"""What one chapter alone draws, a module each; figures of several are one folder above."""

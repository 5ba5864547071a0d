"""Parts of the pages: those of one page in a room of their own, and here what all of them share."""

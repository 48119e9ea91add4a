"""What is printed of a board pack: facts gathered from the floors below, laid out as pages, with its annexes."""

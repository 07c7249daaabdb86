"""The gallery of stories, and the theatre: the book of this house played again on a map."""

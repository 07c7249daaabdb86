"""
What the stories of a rationed release share.

`office` registers, rules opened, stock put out · `people` numbers nobody has, those of a list · `roads` on the net, at the
desk, by list, handed over · `book` what the book and the claims say of it
"""

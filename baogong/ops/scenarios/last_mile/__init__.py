"""
What the stories of the last 100 metres do alike.

`ways` a way of working brought along · `people` rules, passes, tests, shifts · `parcels` lists and what is decided of them ·
`rounds` telephones, walks, what is told when · `pace` how long it really takes · `measures` what is read of the book
"""

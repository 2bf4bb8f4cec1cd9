"""Three groups that look ahead, each in its own way: whoever proves features must find all of them.

They can do so only by reaching past the view for facts it has not cut to the date.
"""

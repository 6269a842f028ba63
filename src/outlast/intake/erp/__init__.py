"""Foreign systems. In: tables as an ERP exports them. Out: a case, and an account of every row.
One reason to exist: what one format means is known in one place each.
"""

"""``codeeval view``: a local web page over a folder of runs.

It only reads. ``folder`` finds runs, ``following`` keeps one up to date while another process writes it,
``pages`` render the templates of the report, ``app`` answers requests, ``access`` refuses all but the user's
browser.
"""

"""The judge as a service: what trainers, agents and other tools call over HTTP.

``app`` has the application, ``running`` serves it. Each protocol is a module of its own that translates
between its requests and the public API's; none executes or judges anything itself.
"""

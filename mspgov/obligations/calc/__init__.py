"""When a recurring obligation falls due, and when a delay ends: pure, exact to the second, across clock changes."""

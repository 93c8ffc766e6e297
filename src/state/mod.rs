//! What the window shows and the commands that change it, testable without one.

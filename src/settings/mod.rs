//! User settings and the directories of the platform.

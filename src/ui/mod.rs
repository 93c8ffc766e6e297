//! Drawing: reads state, emits commands.

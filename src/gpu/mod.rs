//! The first pass of a search on a graphics processor: one `shaders/NAME.wgsl` per `gpu/NAME.rs`. Its twin on this
//! processor is [`crate::similarity::exact::centres`].

mod bounds;

pub use bounds::{BoundsPass, GpuError};

//! The networks: configuration, training, inference, weights. The only user of burn.

mod spec;

pub use spec::{
    Architecture, CurvePoint, Flow, Phase, PhaseChoice, ReconstructionSample, TrainingEvent, TrainingOutcome,
    TrainingSpec,
};

//! Names on the command line for what the program knows by types.

use clap::ValueEnum;

use crate::domain::{DeviceChoice, KeyRule, Metric, Span};
use crate::jobs::export::EmbeddingFormat;
use crate::model::{Architecture, Input, Loss, Negatives, PhaseChoice, Positives};

/// Names on the command line for a type of the domain.
macro_rules! names {
    ($(#[$doc:meta])* $name:ident => $target:ty { $($variant:ident = $value:expr),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
        pub enum $name { $($variant),* }

        impl From<$name> for $target {
            fn from(name: $name) -> Self {
                match name { $($name::$variant => $value),* }
            }
        }
    };
}

names!(Device => DeviceChoice {
    Auto = DeviceChoice::Auto,
    Cpu = DeviceChoice::Cpu,
    Vulkan = DeviceChoice::Vulkan,
    Metal = DeviceChoice::Metal,
    Dx12 = DeviceChoice::Dx12,
    Cuda = DeviceChoice::Cuda,
});
names!(MetricName => Metric {
    Mean = Metric::Mean,
    Min = Metric::Min,
    Frechet = Metric::Frechet,
    Dtw = Metric::Dtw,
    Blend = Metric::Blend,
});
names!(KeyName => KeyRule { Same = KeyRule::Same, Compatible = KeyRule::Compatible });
names!(SpanName => Span { Preview = Span::Preview, Whole = Span::Whole });
names!(ArchitectureName => Architecture {
    Dense = Architecture::Dense,
    Conv = Architecture::Conv,
    Contrastive = Architecture::Contrastive,
    Siamese = Architecture::Siamese,
});
names!(InputName => Input { Plain = Input::Plain, Separated = Input::Separated, Stereo = Input::Stereo });
names!(NegativesName => Negatives { Recordings = Negatives::Recordings, Artists = Negatives::Artists });
names!(LossName => Loss { NtXent = Loss::NtXent, BatchHard = Loss::BatchHard, Pairs = Loss::Pairs });
names!(PositivesName => Positives {
    Recording = Positives::Recording,
    Artist = Positives::Artist,
    Both = Positives::Both,
});
names!(FormatName => EmbeddingFormat {
    Parquet = EmbeddingFormat::Parquet,
    Npy = EmbeddingFormat::Npy,
    Tsv = EmbeddingFormat::Tsv,
});

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PhaseName {
    Both,
    #[value(name = "1")]
    One,
    #[value(name = "2")]
    Two,
}

impl From<PhaseName> for PhaseChoice {
    fn from(name: PhaseName) -> Self {
        match name {
            PhaseName::Both => Self::Both,
            PhaseName::One => Self::One,
            PhaseName::Two => Self::Two,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum AugmentationName {
    Level,
    Equaliser,
    Noise,
    Gate,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Exported {
    Embeddings,
}

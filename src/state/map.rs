//! The map as the window shows it.

use std::collections::HashMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::domain::TrackId;
use crate::jobs::message::{MapLayout, MapSettings, PlacedTrajectory};

/// What the colour of a point says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum ColourBy {
    #[default]
    Genre,
    Artist,
    Album,
    Cluster,
    /// How many of a track's nearest neighbours the map has lost.
    Distortion,
}

impl ColourBy {
    pub const ALL: [Self; 5] = [Self::Genre, Self::Artist, Self::Album, Self::Cluster, Self::Distortion];

    pub fn title(self) -> &'static str {
        match self {
            Self::Genre => "Genre",
            Self::Artist => "Artist",
            Self::Album => "Album",
            Self::Cluster => "Cluster",
            Self::Distortion => "Distortion",
        }
    }
}

/// A layout in the making.
#[derive(Debug, Clone)]
pub struct MapInMaking {
    pub epoch: usize,
    pub epochs: usize,
    pub positions: Arc<Vec<(TrackId, [f32; 2])>>,
}

/// The map: the finished layout, or the one in the making.
#[derive(Debug, Clone, Default)]
pub struct MapView {
    pub settings: MapSettings,
    pub layout: Option<Arc<MapLayout>>,
    /// The layout in the making.
    pub making: Option<MapInMaking>,
    /// The ways of the query and its recommendations over the map.
    pub trajectories: Vec<PlacedTrajectory>,
    /// Rises whenever positions change, so that a view knows when to upload or fit again.
    pub revision: u64,
    positions: HashMap<TrackId, [f32; 2]>,
}

impl MapView {
    /// Where a track lies now.
    pub fn position(&self, track: TrackId) -> Option<[f32; 2]> {
        self.positions.get(&track).copied()
    }

    /// All tracks on the map with their positions, in the order of the layout.
    pub fn points(&self) -> Vec<(TrackId, [f32; 2])> {
        match (&self.making, &self.layout) {
            (Some(making), _) => making.positions.to_vec(),
            (None, Some(layout)) => layout.points.iter().map(|point| (point.track, [point.x, point.y])).collect(),
            (None, None) => Vec::new(),
        }
    }

    /// The cluster of a track in the finished layout.
    pub fn cluster(&self, track: TrackId) -> Option<u16> {
        self.layout.as_ref()?.points.iter().find(|point| point.track == track).map(|point| point.cluster)
    }

    pub(super) fn finish(&mut self, layout: Arc<MapLayout>) {
        self.making = None;
        self.settings = layout.settings.clone();
        self.layout = Some(layout);
        self.reposition();
    }

    pub(super) fn watch(&mut self, epoch: usize, epochs: usize, positions: Arc<Vec<(TrackId, [f32; 2])>>) {
        self.making = Some(MapInMaking { epoch, epochs, positions });
        self.reposition();
    }

    pub(super) fn stop_watching(&mut self) {
        self.making = None;
        self.reposition();
    }

    fn reposition(&mut self) {
        self.revision += 1;
        self.positions = self.points().into_iter().collect();
    }
}

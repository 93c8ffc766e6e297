//! Perceptually uniform colour maps: equal steps of value look like equal steps of colour, also in grey and to most
//! colour-blind eyes.

use super::colormap_tables::{CIVIDIS, INFERNO, MAGMA, VIRIDIS};

/// A colour map for values from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum ColourMap {
    Viridis,
    #[default]
    Magma,
    Inferno,
    Cividis,
}

impl ColourMap {
    /// All maps, in the order of the rows of the shader's table.
    pub const ALL: [Self; 4] = [Self::Viridis, Self::Magma, Self::Inferno, Self::Cividis];

    /// The name shown to people.
    pub fn title(self) -> &'static str {
        match self {
            Self::Viridis => "Viridis",
            Self::Magma => "Magma",
            Self::Inferno => "Inferno",
            Self::Cividis => "Cividis",
        }
    }

    /// The colour of `value` as red, green and blue in sRGB. Values outside 0..1, and those that are not a number, take
    /// the colour of the nearer end (of 0).
    pub fn colour(self, value: f32) -> [u8; 3] {
        // `as` sends what is not a number to 0, as the shader's `clamp` does with this order of arguments.
        let index = (value.clamp(0.0, 1.0) * 255.0 + 0.5) as usize;
        let [_, red, green, blue] = self.table()[index.min(255)].to_be_bytes();
        [red, green, blue]
    }

    pub(super) fn row(self) -> u32 {
        match self {
            Self::Viridis => 0,
            Self::Magma => 1,
            Self::Inferno => 2,
            Self::Cividis => 3,
        }
    }

    fn table(self) -> &'static [u32; 256] {
        match self {
            Self::Viridis => &VIRIDIS,
            Self::Magma => &MAGMA,
            Self::Inferno => &INFERNO,
            Self::Cividis => &CIVIDIS,
        }
    }
}

/// All maps as the pixels of an RGBA image of 256 × 4: what the shader looks colours up in.
pub(super) fn table_rgba() -> Vec<u8> {
    let entries = ColourMap::ALL.iter().flat_map(|map| map.table());
    entries.flat_map(|entry| [(entry >> 16) as u8, (entry >> 8) as u8, *entry as u8, 255]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Relative luminance (WCAG 2).
    fn luminance([red, green, blue]: [u8; 3]) -> f64 {
        let linear = |channel: u8| {
            let value = f64::from(channel) / 255.0;
            if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        0.212_6 * linear(red) + 0.715_2 * linear(green) + 0.072_2 * linear(blue)
    }

    #[test]
    fn the_ends_are_the_published_ones() {
        assert_eq!(ColourMap::Viridis.colour(0.0), [0x44, 0x01, 0x54]);
        assert_eq!(ColourMap::Viridis.colour(1.0), [0xfd, 0xe7, 0x25]);
        assert_eq!(ColourMap::Magma.colour(0.0), [0x00, 0x00, 0x04]);
        assert_eq!(ColourMap::Inferno.colour(1.0), [0xfc, 0xff, 0xa4]);
        assert_eq!(ColourMap::Cividis.colour(1.0), [0xfe, 0xe8, 0x38]);
    }

    #[test]
    fn brightness_rises_all_the_way() {
        for map in ColourMap::ALL {
            let steps: Vec<f64> = (0..=16).map(|i| luminance(map.colour(i as f32 / 16.0))).collect();
            assert!(steps.windows(2).all(|pair| pair[1] > pair[0]), "{} is not monotonic", map.title());
        }
    }

    #[test]
    fn values_outside_take_the_colour_of_the_end() {
        for map in ColourMap::ALL {
            assert_eq!(map.colour(-3.0), map.colour(0.0));
            assert_eq!(map.colour(f32::INFINITY), map.colour(1.0));
            assert_eq!(map.colour(f32::NAN), map.colour(0.0));
        }
    }

    #[test]
    fn the_shader_sees_the_same_table() {
        let table = table_rgba();
        for map in ColourMap::ALL {
            for index in 0..256 {
                let at = (map.row() as usize * 256 + index) * 4;
                assert_eq!(table[at..at + 3], map.colour(index as f32 / 255.0));
            }
        }
    }
}

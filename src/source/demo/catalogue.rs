//! What there is: eight styles of eight pieces, each by one of four artists.

/// Pieces of the demo library.
pub const PIECES: usize = 64;

/// The styles, in the order of the catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Style {
    Ambient,
    Piano,
    DrumAndBass,
    HipHop,
    House,
    FolkGuitar,
    Strings,
    Chiptune,
}

impl Style {
    pub const ALL: [Self; 8] = [
        Self::Ambient,
        Self::Piano,
        Self::DrumAndBass,
        Self::HipHop,
        Self::House,
        Self::FolkGuitar,
        Self::Strings,
        Self::Chiptune,
    ];

    /// The genre in the tags.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ambient => "Ambient",
            Self::Piano => "Solo piano",
            Self::DrumAndBass => "Drum and bass",
            Self::HipHop => "Hip-hop",
            Self::House => "House",
            Self::FolkGuitar => "Folk guitar",
            Self::Strings => "String orchestra",
            Self::Chiptune => "Chiptune",
        }
    }

    fn artists(self) -> [&'static str; 4] {
        match self {
            Self::Ambient => ["Low Tide Archive", "Meridian Glass", "Halden", "Slow Aurora"],
            Self::Piano => ["Ilse Marrow", "Tomas Verhal", "June Okafor", "Petra Lindqvist"],
            Self::DrumAndBass => ["Kilo Vector", "Nightrail", "Subgrade", "Amber Circuit"],
            Self::HipHop => ["Corner Store Tapes", "Mello Ferris", "Dust & Brass", "Ninth Floor"],
            Self::House => ["Velvet Mechanic", "Paloma Drive", "Studio Kessel", "Sunset Ledger"],
            Self::FolkGuitar => ["Wren Hollow", "Aidan Marsh", "The Birch Road", "Nora Selkie"],
            Self::Strings => ["Camerata Nova Lyra", "Ensemble Ostrava", "The Harrow Strings", "Orchestra del Mare"],
            Self::Chiptune => ["Pixel Heron", "Bitwise Bandit", "8-Bit Almanac", "Cartridge Club"],
        }
    }

    fn titles(self) -> [&'static str; 8] {
        match self {
            Self::Ambient => [
                "Harbour Before Light",
                "Glass Weather",
                "The Long Shelf",
                "Moss Cathedral",
                "Signal Lost at Dawn",
                "Under the Ice Road",
                "Salt Pans",
                "A Room Full of Afternoon",
            ],
            Self::Piano => [
                "Letter Not Sent",
                "Rain on Marble Street",
                "Small Hours Waltz",
                "The Empty Ballroom",
                "Nocturne for a Lamp",
                "Stairwell",
                "What the Snow Said",
                "Quiet Arithmetic",
            ],
            Self::DrumAndBass => [
                "Terminal Velocity",
                "Glasshouse",
                "Night Freight",
                "Redshift",
                "Undertow",
                "Copper Lines",
                "Blackout District",
                "Pressure Drop",
            ],
            Self::HipHop => [
                "Bodega Light",
                "Half Past Late",
                "Brick Dust",
                "Window Seat",
                "Slow Elevator",
                "Two Dollar Coffee",
                "Stoop Talk",
                "Last Bus Home",
            ],
            Self::House => [
                "Mirrorball Economy",
                "Keep the Door Open",
                "Terrace at Six",
                "Warm Machinery",
                "Second Sunrise",
                "Chrome Garden",
                "All the Way Round",
                "Late Checkout",
            ],
            Self::FolkGuitar => [
                "Ferryman's Daughter",
                "Orchard Wall",
                "The Kettle Song",
                "Low Road, High Water",
                "Hazel and Rowan",
                "Before the Hay",
                "Lantern Hill",
                "Cobbler's Rest",
            ],
            Self::Strings => [
                "Elegy for a Lighthouse",
                "Procession of Lindens",
                "The Far Shore",
                "Adagio in Grey",
                "Winter Fields",
                "Serenade at the Lock",
                "The Cartographer",
                "Last Summer's Garden",
            ],
            Self::Chiptune => [
                "Castle of a Thousand Coins",
                "Turbo Tadpole",
                "Boss Door",
                "Moonbase Jump",
                "Continue?",
                "Level Zero",
                "Sprite Parade",
                "High Score Heart",
            ],
        }
    }

    fn albums(self) -> [&'static str; 4] {
        match self {
            Self::Ambient => ["Tidal Memory", "Clear Panes", "North Room", "Polar Evenings"],
            Self::Piano => ["Unaddressed", "Marble Street", "Hours", "Snow Studies"],
            Self::DrumAndBass => ["Escape Speed", "Freight", "Depth Charts", "Live Wires"],
            Self::HipHop => ["Night Shift", "Late", "Brownstones", "Lobby Music"],
            Self::House => ["Glitter Theory", "Open Doors", "Terrace Tapes", "Hours After"],
            Self::FolkGuitar => ["River Songs", "Stone and Apple", "Kitchen Recordings", "Hill Country"],
            Self::Strings => ["Coastal Elegies", "Avenues", "Grey Scale", "Maps of the Sea"],
            Self::Chiptune => ["Insert Coin", "Bonus Stage", "Save State", "Select Start"],
        }
    }
}

/// A piece of the catalogue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PieceInfo {
    /// From 1 over the whole catalogue.
    pub number: usize,
    pub style: Style,
    /// From 0 within the style.
    pub variant: usize,
    pub title: &'static str,
    pub artist: &'static str,
    pub album: &'static str,
    pub year: i32,
    pub file_name: String,
}

/// Every piece, style by style.
pub fn pieces() -> Vec<PieceInfo> {
    let mut pieces = Vec::with_capacity(PIECES);
    for style in Style::ALL {
        for (variant, title) in style.titles().into_iter().enumerate() {
            let number = pieces.len() + 1;
            let slug: String = format!("{} {title}", style.name())
                .to_lowercase()
                .split(|character: char| !character.is_alphanumeric())
                .filter(|word| !word.is_empty())
                .collect::<Vec<_>>()
                .join("-");
            pieces.push(PieceInfo {
                number,
                style,
                variant,
                title,
                artist: style.artists()[variant % 4],
                album: style.albums()[variant % 4],
                year: 2019 + (number * 5 % 7) as i32,
                file_name: format!("{number:02}-{slug}.ogg"),
            });
        }
    }
    pieces
}

//! What can be asked for.

mod names;
mod read;
mod train;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

pub use names::{
    ArchitectureName, AugmentationName, Device, Exported, FormatName, InputName, KeyName, LossName, MetricName,
    NegativesName, PhaseName, PositivesName, SpanName,
};
use read::{Fold, fold, pair, tempi, weighted};
pub use train::TrainArguments;

/// Finds music that sounds alike, by sound alone. Without a command it opens the window.
#[derive(Debug, Parser)]
#[command(
    name = "songline",
    version,
    about,
    after_help = "Example: songline import ~/Music && songline recommend ~/Music/song.flac"
)]
pub struct Arguments {
    /// Folder of the library
    #[arg(long, value_name = "DIR", global = true)]
    pub library: Option<PathBuf>,
    /// Processor that runs the model
    #[arg(long, value_name = "DEVICE", global = true)]
    pub device: Option<Device>,
    /// Print results as JSON, and nothing else, on standard output
    #[arg(long, global = true)]
    pub json: bool,
    /// Show the log on standard error; twice for more
    #[arg(short, long, action = clap::ArgAction::Count, global = true)]
    pub verbose: u8,
    #[command(subcommand)]
    pub command: Option<Command>,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make the demo library: 30-second pieces in eight styles, composed by Songline
    #[command(after_help = "Example: songline demo")]
    Demo {
        /// Do nothing where the library has tracks already
        #[arg(long)]
        if_empty: bool,
    },
    /// Add files and folders; prints what was imported, skipped and failed, and why
    #[command(after_help = "Example: songline import ~/Music ~/Downloads/new.mp3")]
    Import {
        #[arg(required = true, value_name = "PATH")]
        paths: Vec<PathBuf>,
        /// Try files again that failed before
        #[arg(long)]
        retry: bool,
    },
    /// Catalogues and sets of music: read, find, download
    #[command(subcommand)]
    Dataset(super::dataset::DatasetCommand),
    /// List the tracks of the library
    #[command(after_help = "Example: songline tracks --json")]
    Tracks,
    /// Train a model on the library's tracks; an interrupted run of the same name and settings goes on
    #[command(after_help = "Example: songline train --encoding 128 --embedding 128 --seed 1 --name mine")]
    Train(TrainArguments),
    /// Embed what is not yet embedded
    #[command(after_help = "Example: songline embed --model songline-base")]
    Embed {
        /// The model; the active one by default
        #[arg(long, value_name = "MODEL")]
        model: Option<String>,
    },
    /// List the models; which is active; their scores
    #[command(after_help = "Example: songline models --use songline-base")]
    Models {
        /// Make this model the one that recommends
        #[arg(long = "use", value_name = "MODEL")]
        activate: Option<String>,
    },
    /// Find what sounds like a track of the library or any other file; several ask together
    #[command(
        after_help = "Example: songline recommend song.mp3 --metric frechet --top 10 --explain --playlist like-song.m3u8"
    )]
    Recommend(RecommendArguments),
    /// Playlists: list, show, make, import, export, copy their files
    #[command(
        after_help = "Example: songline playlist make Night 12 40 7 && songline playlist export Night --out night.xml"
    )]
    Playlist {
        #[command(subcommand)]
        what: PlaylistCommand,
    },
    /// A playlist that goes from one track to another in small, even steps
    #[command(after_help = "Example: songline walk 12 40 --steps 10 --save \"From 12 to 40\"")]
    Walk(WalkArguments),
    /// The nearest neighbours of every track, as CSV: query, rank, neighbour, distance
    #[command(after_help = "Example: songline neighbours --metric dtw --top 10 --out neighbours.csv")]
    Neighbours {
        #[arg(long, default_value = "mean")]
        metric: MetricName,
        /// Neighbours of each track
        #[arg(long, default_value_t = 10, value_name = "K")]
        top: usize,
        /// Every other track as a neighbour, however far
        #[arg(long, conflicts_with = "top")]
        all: bool,
        #[arg(long)]
        span: Option<SpanName>,
        #[command(flatten)]
        filter: FilterArguments,
        /// Say which neighbours are kept, and whether they still hold, instead of finding any
        #[arg(long, conflicts_with_all = ["out", "all", "top"])]
        kept: bool,
        /// The file; standard output by default
        #[arg(long, value_name = "FILE.csv")]
        out: Option<PathBuf>,
    },
    /// Never recommend tracks again, or take them back; without a track, list those that are hidden
    #[command(after_help = "Example: songline hide song.mp3 && songline hide --back song.mp3")]
    Hide {
        /// A file of the library, or the number of a track
        #[arg(value_name = "TRACK")]
        tracks: Vec<String>,
        /// Take them back
        #[arg(long, requires = "tracks")]
        back: bool,
    },
    /// Tracks that are one recording: other encodes and re-releases, told by their fingerprints
    #[command(subcommand, after_help = "Example: songline recordings find && songline recordings list")]
    Recordings(RecordingsCommand),
    /// Score models beside baselines: does the nearest music belong together?
    #[command(after_help = "Example: songline evaluate --labels labels.csv --by artist,album,style --out scores")]
    Evaluate(EvaluateArguments),
    /// Train the publication's encoding and embedding sizes, and write its tables for this library
    #[command(after_help = "Example: songline study --out study")]
    Study {
        /// The folder to write study.md, study.csv and recommendations.csv into
        #[arg(long, value_name = "DIR")]
        out: Option<PathBuf>,
        /// Pairs of sizes, N:M; the publication's by default
        #[arg(long, value_name = "N:M", value_delimiter = ',', value_parser = pair)]
        pairs: Vec<(usize, usize)>,
        /// Tracks that ask for recommendations
        #[arg(long, value_name = "N", default_value_t = 5)]
        queries: usize,
        /// Epochs of each phase
        #[arg(long, value_name = "E")]
        epochs: Option<usize>,
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// List earlier studies side by side instead
        #[arg(long)]
        list: bool,
    },
    /// What listeners said of recommendations in the window's listening study
    #[command(after_help = "Example: songline listening --export answers.csv")]
    Listening(ListeningArguments),
    /// Lay out the map and write it as a picture or a table
    #[command(after_help = "Example: songline map --out map.svg --tracks song.mp3 other.flac")]
    Map {
        /// The file; its ending says which: .png, .svg, .html or .csv
        #[arg(long, default_value = "map.png", value_name = "FILE")]
        out: PathBuf,
        /// Tracks or files whose way through their segments is drawn over the map
        #[arg(long, num_args = 1.., value_name = "TRACK_OR_FILE")]
        tracks: Vec<String>,
        #[arg(long, default_value_t = 1)]
        seed: u64,
        #[arg(long, default_value_t = 30.0)]
        perplexity: f32,
        #[arg(long)]
        span: Option<SpanName>,
    },
    /// Write a track's way through the network: pictures (.png) and numbers (.npy) of every stage
    #[command(after_help = "Example: songline inspect song.mp3 --out song-inside")]
    Inspect {
        #[arg(value_name = "TRACK_OR_FILE")]
        track: String,
        /// The folder to write into
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
        #[arg(long)]
        span: Option<SpanName>,
    },
    /// Write the library's vectors for other programs
    #[command(after_help = "Example: songline export embeddings --format parquet --out vectors.parquet")]
    Export {
        #[arg(value_enum)]
        what: Exported,
        #[arg(long, value_enum, default_value = "parquet")]
        format: FormatName,
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        #[arg(long)]
        span: Option<SpanName>,
    },
    /// Look at devices, audio output, versions, and the health of the library
    #[command(after_help = "Example: songline doctor --json")]
    Doctor {
        /// Remove the library's own files that nothing refers to, as a kill leaves them
        #[arg(long)]
        sweep: bool,
    },
    /// List what the window was asked to do: imports, training and the like, and what became of them
    #[command(after_help = "Example: songline history --top 20 --json")]
    History {
        /// Lines, the newest first
        #[arg(long, default_value_t = 50)]
        top: usize,
        /// Forget the work that has ended
        #[arg(long)]
        clear: bool,
    },
    /// Print completions for a shell
    #[command(after_help = "Example: songline completions bash > ~/.local/share/bash-completion/completions/songline")]
    Completions { shell: clap_complete::Shell },
}

#[derive(Debug, Args)]
pub struct RecommendArguments {
    /// A file, in the library or not, or the number of a track
    #[arg(required_unless_present = "seed", value_name = "TRACK_OR_FILE")]
    pub tracks: Vec<String>,
    /// A track asked about with a weight, repeatable: TRACK=0.5; 1 where there is none
    #[arg(long, value_name = "TRACK=WEIGHT", value_parser = weighted)]
    pub seed: Vec<(String, f32)>,
    /// A track to keep away from, repeatable: TRACK=0.5; 1 where there is none
    #[arg(long, value_name = "TRACK=WEIGHT", value_parser = weighted)]
    pub less: Vec<(String, f32)>,
    #[arg(long)]
    pub metric: Option<MetricName>,
    /// Recommendations
    #[arg(long, value_name = "N")]
    pub top: Option<usize>,
    /// Places an artist may take; 0 sets no limit
    #[arg(long, value_name = "N")]
    pub per_artist: Option<usize>,
    #[arg(long)]
    pub span: Option<SpanName>,
    #[command(flatten)]
    pub filter: FilterArguments,
    /// Add the best-aligned pair of segments of each recommendation
    #[arg(long)]
    pub explain: bool,
    /// Write the query and its recommendations as a playlist: .m3u8, .csv, or .xml for DJ programs
    #[arg(long, value_name = "FILE")]
    pub playlist: Option<PathBuf>,
}

/// What may be recommended.
#[derive(Debug, Args)]
pub struct FilterArguments {
    /// Only tracks of this tempo in beats a minute: 120..130, 120.., ..130 or 124
    #[arg(long, value_name = "FROM..TO", value_parser = tempi)]
    pub tempo: Option<(f32, f32)>,
    /// Half and double the tempo count as well
    #[arg(long, requires = "tempo")]
    pub half_double: bool,
    /// Only tracks in the query's key, or in one that mixes with it
    #[arg(long, value_enum)]
    pub key: Option<KeyName>,
    /// Only tracks of this genre
    #[arg(long, value_name = "GENRE", default_value = "", hide_default_value = true)]
    pub genre: String,
    /// Only tracks with these words in title, artist, album or genre
    #[arg(long, value_name = "WORDS", default_value = "", hide_default_value = true)]
    pub tag: String,
    /// Not this track, by path or number; repeatable
    #[arg(long, value_name = "TRACK")]
    pub not: Vec<String>,
    /// Every version of a recording, not only the one imported first
    #[arg(long)]
    pub versions: bool,
}

#[derive(Debug, Subcommand)]
pub enum RecordingsCommand {
    /// Look for versions of tracks that none were looked for yet
    Find,
    /// List recordings with several versions
    List,
    /// Keep versions apart: each is recommended for itself
    Apart {
        /// A file of the library, or the number of a track
        #[arg(value_name = "TRACK", required = true)]
        tracks: Vec<String>,
    },
    /// Fold versions again that were kept apart
    Fold {
        /// A file of the library, or the number of a track
        #[arg(value_name = "TRACK", required = true)]
        tracks: Vec<String>,
    },
}

#[derive(Debug, Args)]
pub struct EvaluateArguments {
    /// A table with a column "file" and columns of labels; the files' tags by default
    #[arg(long, value_name = "FILE.csv")]
    pub labels: Option<PathBuf>,
    /// Columns to score by; recording, album, artist and style by default
    #[arg(long, value_name = "COLUMN", value_delimiter = ',')]
    pub by: Vec<String>,
    /// Styles that take no part in the style measures
    #[arg(long, value_name = "STYLE", value_delimiter = ',')]
    pub leave_out_styles: Vec<String>,
    /// A model to score, repeatable; the active one by default
    #[arg(long, value_name = "MODEL")]
    pub model: Vec<String>,
    /// Score every model of the library
    #[arg(long, conflicts_with = "model")]
    pub all_models: bool,
    /// Put the dense model as published among the baselines; it is trained on this library where it is missing
    #[arg(long)]
    pub published: bool,
    /// Vectors of another program to score beside, repeatable: .npy with FILE.npy.csv beside it, or .parquet
    #[arg(long, value_name = "FILE")]
    pub vectors: Vec<PathBuf>,
    #[arg(long)]
    pub span: Option<SpanName>,
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Only tracks of the artists that training keeps aside
    #[arg(long)]
    pub validation_only: bool,
    /// The share of artists that training keeps aside
    #[arg(long, value_name = "SHARE", requires = "validation_only")]
    pub validation_share: Option<f64>,
    /// Or the fold of artists that training keeps aside, as 2/5
    #[arg(long, value_name = "FOLD/FOLDS", value_parser = fold, requires = "validation_only", conflicts_with = "validation_share")]
    pub validation_fold: Option<Fold>,
    /// Do not look for altered versions of tracks
    #[arg(long)]
    pub no_robustness: bool,
    /// Folder for report.md, scores.csv and report.json
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// The metric of tables with room for one
    #[arg(long)]
    pub metric: Option<MetricName>,
    /// List earlier evaluations side by side instead
    #[arg(long)]
    pub list: bool,
}

#[derive(Debug, Args)]
pub struct ListeningArguments {
    /// Means and shares for each model and metric, and for chance, with intervals (what is shown by default)
    #[arg(long)]
    pub results: bool,
    /// Of this listener alone
    #[arg(long, value_name = "NAME")]
    pub listener: Option<String>,
    /// Write every answer as a line of CSV; standard output where no file is named
    #[arg(long, value_name = "FILE.csv", num_args = 0..=1, conflicts_with_all = ["listener", "results"])]
    pub export: Option<Option<PathBuf>>,
    /// Say which weights of the blend the ratings teach, and whether they help
    #[arg(long, conflicts_with_all = ["listener", "export"])]
    pub learn: bool,
    /// The model whose distances are weighed; the active one by default
    #[arg(long, value_name = "MODEL", requires = "learn")]
    pub model: Option<String>,
}

#[derive(Debug, Subcommand)]
pub enum PlaylistCommand {
    /// List the playlists of the library
    List,
    /// List the tracks of a playlist
    Show { name: String },
    /// Make a playlist of tracks, or add them to the one of that name
    Make {
        name: String,
        #[arg(value_name = "TRACK")]
        tracks: Vec<String>,
        /// Bring it into an order in which neighbours mix by key and tempo
        #[arg(long)]
        harmonic: bool,
    },
    /// Read a playlist file: M3U or M3U8
    Import {
        #[arg(value_name = "FILE.m3u8")]
        file: PathBuf,
        /// Its name; the file's by default
        #[arg(long)]
        name: Option<String>,
    },
    /// Write a playlist; the file's ending says how: .m3u8, .csv, or .xml for DJ programs (rekordbox)
    Export {
        name: String,
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        /// Name files from the playlist's own folder
        #[arg(long, overrides_with = "absolute")]
        relative: bool,
        /// Name files by their whole paths
        #[arg(long)]
        absolute: bool,
    },
    /// Copy a playlist's files into a folder, with a playlist beside them
    Copy {
        name: String,
        #[arg(long, value_name = "DIR")]
        to: PathBuf,
    },
    /// Take a playlist out of the library; its files stay
    Delete { name: String },
}

#[derive(Debug, Args)]
pub struct WalkArguments {
    #[arg(value_name = "FROM")]
    pub from: String,
    #[arg(value_name = "TO")]
    pub to: String,
    /// Tracks of the walk, both ends with it
    #[arg(long, default_value_t = 12, value_name = "N")]
    pub steps: usize,
    /// Places an artist may take; 0 sets no limit
    #[arg(long, value_name = "N")]
    pub per_artist: Option<usize>,
    #[arg(long)]
    pub span: Option<SpanName>,
    /// Keep it as a playlist of the library
    #[arg(long, value_name = "NAME")]
    pub save: Option<String>,
    /// Write it as a playlist: .m3u8, .csv, or .xml for DJ programs
    #[arg(long, value_name = "FILE")]
    pub playlist: Option<PathBuf>,
}

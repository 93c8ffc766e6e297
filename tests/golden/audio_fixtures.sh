#!/bin/sh
# Makes the small sound files in `audio/`: two tones in the left channel, one in the right, under half a period of a
# sine. Needs ffmpeg with libmp3lame, libvorbis and libopus. Run it in this directory.
set -eu
mkdir -p audio
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT
ffmpeg -v error -y -bitexact -f lavfi -i color=c=teal:s=8x8:d=1 -frames:v 1 "$work/cover.png"

# make RATE SECONDS FILE ARGUMENT...
make() {
    rate=$1 seconds=$2 file=$3
    shift 3
    shape="sin(PI*t/$seconds)"
    left="(0.4*sin(2*PI*440*t)+0.2*sin(2*PI*1500*t))*$shape"
    right="0.4*sin(2*PI*660*t)*$shape"
    ffmpeg -v error -y -bitexact -f lavfi -i "aevalsrc=$left|$right:s=$rate:d=$seconds" "$@" \
        -metadata "title=Two tones" -metadata artist=Songline -metadata album=Fixtures -metadata genre=Ambient \
        -metadata date=2024 "audio/$file"
}

# make_with_cover RATE SECONDS FILE ARGUMENT...
make_with_cover() {
    rate=$1 seconds=$2 file=$3
    shift 3
    make "$rate" "$seconds" "$file" -i "$work/cover.png" -map 0 -map 1 -c:v copy -disposition:v attached_pic "$@"
}

make_with_cover 44100 0.5 tones.mp3 -c:a libmp3lame -b:a 64k -id3v2_version 3 -write_id3v1 1 -write_xing 1
make_with_cover 44100 0.5 tones.m4a -c:a aac -b:a 96k
make 48000 0.5 tones.aac -c:a aac -b:a 96k
make 44100 0.5 tones.ogg -c:a libvorbis -q:a 2
make 48000 0.5 tones.opus -c:a libopus -b:a 64k
make_with_cover 22050 0.3 tones.flac -c:a flac -sample_fmt s16
make 22050 0.3 tones-alac.m4a -c:a alac -sample_fmt s16p
make 8000 0.3 tones.wav -c:a pcm_s16le
make 8000 0.3 tones.aiff -c:a pcm_s16be -write_id3v2 1
make 8000 0.3 tones.caf -c:a pcm_s16be
make 48000 0.5 tones.mka -c:a libvorbis -q:a 2
make 48000 0.5 tones.webm -c:a libopus -b:a 64k

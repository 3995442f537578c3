"""The steps about an artist's songs: its albums, their songs, how well known these are, and what it will play."""

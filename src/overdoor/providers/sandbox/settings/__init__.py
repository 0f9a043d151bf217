"""Settings: the places of a picture. Each painter fills the canvas and says where subjects stand."""

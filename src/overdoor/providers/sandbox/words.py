# ruff: noqa: E501 - word tables
"""What the words of a prompt mean here: subjects, settings, moods, styles, layouts and motion."""

SUBJECTS: dict[str, str] = {
    # animals
    "cat": "cat", "kitten": "cat", "kitty": "cat", "tabby": "cat", "feline": "cat",
    "fox": "fox", "dog": "dog", "puppy": "dog", "corgi": "dog", "retriever": "dog", "wolf": "fox", "hound": "dog",
    "bird": "bird", "robin": "bird", "sparrow": "bird", "hummingbird": "bird", "parrot": "bird", "songbird": "bird",
    "seagull": "bird", "fish": "fish", "goldfish": "fish", "koi": "fish", "shark": "whale", "dolphin": "whale",
    "owl": "owl", "whale": "whale", "orca": "whale", "bear": "bear", "panda": "bear", "teddy": "bear",
    "butterfly": "butterfly", "moth": "butterfly", "rabbit": "rabbit", "bunny": "rabbit", "hare": "rabbit",
    "deer": "deer", "stag": "deer", "elk": "deer", "fawn": "deer", "penguin": "penguin", "turtle": "turtle",
    "tortoise": "turtle", "horse": "horse", "unicorn": "horse", "pony": "horse",
    # people and machines like them
    "portrait": "portrait", "face": "portrait", "headshot": "portrait", "selfie": "portrait", "avatar": "portrait",
    "person": "person", "man": "person", "woman": "person", "girl": "person", "boy": "person", "child": "person",
    "hiker": "person", "traveler": "person", "traveller": "person", "dancer": "person", "runner": "person",
    "samurai": "person", "wizard": "person", "chef": "person", "musician": "person", "silhouette": "person",
    "robot": "robot", "android": "robot", "droid": "robot", "mech": "robot", "astronaut": "astronaut",
    "cosmonaut": "astronaut", "spaceman": "astronaut",
    # products
    "camera": "camera", "bottle": "bottle", "wine": "bottle", "mug": "mug", "cup": "mug", "coffee": "mug",
    "espresso": "mug", "latte": "mug", "tea": "mug", "cappuccino": "mug", "watch": "watch", "wristwatch": "watch",
    "smartwatch": "watch", "clock": "watch", "sneaker": "sneaker", "sneakers": "sneaker", "shoe": "sneaker",
    "shoes": "sneaker", "trainers": "sneaker", "headphones": "headphones", "headphone": "headphones",
    "headset": "headphones", "earphones": "headphones", "lamp": "lamp", "lantern": "lamp", "phone": "phone",
    "smartphone": "phone", "iphone": "phone", "perfume": "perfume", "fragrance": "perfume", "cologne": "perfume",
    "serum": "perfume", "laptop": "laptop", "computer": "laptop", "notebook": "laptop", "book": "book",
    "books": "book", "novel": "book", "speaker": "speaker", "vase": "vase", "chair": "chair", "armchair": "chair",
    "guitar": "guitar", "umbrella": "umbrella",
    # food
    "cake": "cake", "cupcake": "cake", "dessert": "cake", "apple": "apple", "apples": "apple", "pizza": "pizza",
    "burger": "burger", "hamburger": "burger", "sandwich": "burger", "orange fruit": "orange", "lemon": "orange",
    "citrus": "orange", "donut": "donut", "doughnut": "donut", "ramen": "bowl", "noodles": "bowl", "soup": "bowl",
    "salad": "bowl", "bowl": "bowl", "oranges": "orange", "orange slice": "orange", "icecream": "icecream", "gold star": "star", "star icon": "star", "star logo": "star", "sushi": "bowl", "ice cream": "icecream", "gelato": "icecream", "strawberry": "apple",
    # plants
    "flower": "flower", "flowers": "flower", "rose flower": "flower", "roses": "flower", "tulip": "flower",
    "tulips": "flower", "sunflower": "flower", "sunflowers": "flower", "daisy": "flower", "bouquet": "flower",
    "blossom": "flower", "peony": "flower", "lotus": "flower", "tree": "tree", "oak": "tree", "bonsai": "tree",
    "palm": "palm", "cactus": "cactus", "succulent": "cactus", "mushroom": "mushroom", "mushrooms": "mushroom",
    "houseplant": "plant", "plant": "plant", "monstera": "plant",
    # buildings
    "house": "house", "home": "house", "cottage": "house", "barn": "house", "farmhouse": "house", "cabin": "cabin",
    "chalet": "cabin", "hut": "cabin", "castle": "castle", "fortress": "castle", "palace": "castle",
    "temple": "temple", "pagoda": "temple", "shrine": "temple", "lighthouse": "lighthouse", "windmill": "windmill",
    "tent": "tent", "bridge": "bridge", "church": "house", "tower": "lighthouse",
    # vehicles
    "car": "car", "taxi": "car", "convertible": "car", "roadster": "car", "van": "car", "truck": "car",
    "train": "train", "locomotive": "train", "tram": "train", "rocket": "rocket", "spaceship": "rocket",
    "spacecraft": "rocket", "shuttle": "rocket", "balloon": "balloon", "bicycle": "bicycle", "bike": "bicycle",
    "cyclist": "bicycle", "sailboat": "sailboat", "boat": "sailboat", "yacht": "sailboat", "ship": "sailboat",
    "sailing": "sailboat", "plane": "plane", "airplane": "plane", "aeroplane": "plane", "jet": "plane",
    "kite": "kite", "ufo": "ufo", "saucer": "ufo",
    # small shapes, at home in logos and icons
    "heart": "heart", "star shape": "star", "gem": "gem", "diamond": "gem", "crystal": "gem", "crown": "crown",
    "lightbulb": "bulb", "bulb": "bulb", "trophy": "trophy", "gift": "gift", "present": "gift",
}  # fmt: skip

SETTINGS: dict[str, str] = {
    "city": "city", "skyline": "city", "downtown": "city", "cityscape": "city", "metropolis": "city",
    "skyscraper": "city", "skyscrapers": "city", "rooftop": "city", "rooftops": "city", "town": "city",
    "tokyo": "street", "street": "street", "alley": "street", "crosswalk": "street", "avenue": "street",
    "cyberpunk": "street", "market": "street", "manhattan": "city", "london": "city", "paris": "city",
    "sea": "sea", "ocean": "sea", "waves": "sea", "wave": "sea", "harbor": "sea", "harbour": "sea", "bay": "sea",
    "sail": "sea", "seascape": "sea", "horizon": "sea", "beach": "beach", "shore": "beach", "coast": "beach",
    "seaside": "beach", "coastline": "beach", "tropical": "beach", "lagoon": "beach", "island": "island",
    "islands": "island", "atoll": "island", "underwater": "underwater", "reef": "underwater",
    "aquarium": "underwater", "seabed": "underwater", "mountain": "mountains", "mountains": "mountains",
    "peak": "mountains", "peaks": "mountains", "alps": "mountains", "alpine": "mountains", "summit": "mountains",
    "himalaya": "mountains", "cliff": "mountains", "fuji": "mountains", "volcano": "mountains",
    "glacier": "mountains", "landscape": "mountains", "hill": "hills", "hills": "hills", "valley": "hills",
    "countryside": "hills", "farm": "hills", "tuscany": "hills", "village": "hills", "pasture": "hills",
    "vineyard": "hills", "road": "road", "highway": "road", "route": "road", "forest": "forest",
    "woods": "forest", "woodland": "forest", "jungle": "forest", "pines": "forest", "rainforest": "forest",
    "redwoods": "forest", "trees": "forest", "desert": "desert", "dune": "desert", "dunes": "desert",
    "sahara": "desert", "sand": "desert", "mars": "desert", "oasis": "desert", "canyon": "canyon",
    "mesa": "canyon", "gorge": "canyon", "river": "river", "stream": "river", "creek": "river", "lake": "lake",
    "pond": "lake", "fjord": "lake", "reflection": "lake", "waterfall": "waterfall", "waterfalls": "waterfall",
    "space": "space", "galaxy": "space", "nebula": "space", "cosmos": "space", "universe": "space",
    "planet": "space", "planets": "space", "orbit": "space", "saturn": "space", "jupiter": "space",
    "cosmic": "space", "asteroid": "space", "moonscape": "moonscape", "lunar": "moonscape", "crater": "moonscape",
    "aurora": "aurora", "borealis": "aurora", "northern lights": "aurora", "studio": "studio", "product": "studio",
    "table": "studio", "tabletop": "studio", "packshot": "studio", "pedestal": "studio", "podium": "studio",
    "marble": "studio", "desk": "studio", "still life": "studio", "room": "room", "interior": "room",
    "bedroom": "room", "livingroom": "room", "living room": "room", "lounge": "room", "kitchen": "room",
    "library": "room", "cafe": "room", "café": "room", "office": "room", "sofa": "room", "couch": "room",
    "window": "room", "garden": "garden", "meadow": "garden", "wildflowers": "garden", "field": "garden",
    "park": "garden", "lawn": "garden", "spring": "garden", "sky": "sky", "clouds": "sky", "cloud": "sky",
    "cloudscape": "sky", "above the clouds": "sky",
}  # fmt: skip

LAYOUTS: dict[str, str] = {
    "poster": "poster", "flyer": "poster", "cover": "poster", "banner": "poster", "billboard": "poster",
    "postcard": "poster", "advert": "poster", "ad": "poster", "headline": "poster", "invitation": "poster",
    "thumbnail": "thumbnail", "logo": "logo", "wordmark": "logo", "emblem": "logo", "badge": "logo",
    "monogram": "logo", "logotype": "logo", "icon": "icon", "sticker": "icon", "emoji": "icon", "glyph": "icon",
    "mascot": "icon", "pattern": "pattern", "wallpaper": "pattern", "seamless": "pattern", "tile": "pattern",
    "texture": "pattern", "textile": "pattern", "abstract": "abstract", "geometric": "abstract",
    "gradient": "abstract", "shapes": "abstract", "bauhaus": "abstract", "swirl": "abstract", "fractal": "abstract",
    "infographic": "infographic", "chart": "infographic", "graph": "infographic", "statistics": "infographic",
    "timeline": "infographic", "diagram": "diagram", "flowchart": "diagram", "schematic": "diagram",
    "architecture diagram": "diagram", "mindmap": "diagram", "workflow": "diagram", "ui": "interface",
    "dashboard": "interface", "app": "interface", "website": "interface", "mockup": "interface",
    "mock-up": "interface", "wireframe": "interface", "landing page": "interface", "interface": "interface",
    "storyboard": "storyboard", "comic": "storyboard", "panels": "storyboard", "storyboards": "storyboard",
}  # fmt: skip

MOODS: dict[str, str] = {
    "sunset": "sunset", "dusk": "sunset", "golden hour": "golden", "golden-hour": "golden", "evening": "sunset",
    "twilight": "twilight", "blue hour": "twilight", "dawn": "dawn", "sunrise": "dawn", "morning": "dawn",
    "night": "night", "midnight": "night", "nighttime": "night", "moonlit": "night", "moonlight": "night",
    "moon": "night", "starry": "night", "stars": "night", "storm": "storm", "stormy": "storm", "thunder": "storm",
    "lightning": "storm", "rain": "storm", "rainy": "storm", "thunderstorm": "storm", "snow": "snow",
    "snowy": "snow", "winter": "snow", "frost": "snow", "frozen": "snow", "ice": "snow", "blizzard": "snow",
    "fog": "mist", "foggy": "mist", "mist": "mist", "misty": "mist", "overcast": "mist", "haze": "mist",
    "autumn": "autumn", "fall colors": "autumn", "fall foliage": "autumn", "autumnal": "autumn", "sunny": "day",
    "summer": "day", "daylight": "day", "noon": "day", "midday": "day", "neon": "neon", "cyberpunk": "neon",
    "synthwave": "neon", "vaporwave": "neon",
}  # fmt: skip

STYLES: dict[str, str] = {
    "flat": "flat", "vector": "flat", "flat design": "flat", "watercolor": "watercolor",
    "watercolour": "watercolor", "aquarelle": "watercolor", "painting": "watercolor", "gouache": "watercolor",
    "painterly": "watercolor", "isometric": "isometric", "pixel art": "pixel", "pixel": "pixel", "8-bit": "pixel",
    "8bit": "pixel", "16-bit": "pixel", "pixelated": "pixel", "voxel": "pixel", "line art": "lineart",
    "line drawing": "lineart", "sketch": "lineart", "ink drawing": "lineart", "outline": "lineart",
    "line-art": "lineart", "pencil": "lineart", "engraving": "lineart", "blueprint": "blueprint",
    "noir": "mono", "black and white": "mono", "black-and-white": "mono", "monochrome": "mono",
    "grayscale": "mono", "greyscale": "mono", "b&w": "mono", "pastel": "pastel", "pastels": "pastel",
    "neon": "neon", "cyberpunk": "neon", "synthwave": "neon", "vaporwave": "neon", "vintage": "vintage",
    "retro": "vintage", "sepia": "vintage", "film photo": "vintage", "polaroid": "vintage", "1970s": "vintage",
    "minimal": "minimal", "minimalist": "minimal", "minimalistic": "minimal", "cinematic": "cinematic",
    "moody": "cinematic", "dramatic": "cinematic", "epic": "cinematic", "paper cut": "flat", "papercut": "flat",
}  # fmt: skip

CELESTIAL: dict[str, str] = {
    "moon": "moon", "moonlit": "moon", "moonlight": "moon", "sun": "sun", "stars": "stars", "starry": "stars",
    "planet": "planet", "planets": "planet", "saturn": "rings", "ring": "rings", "ringed": "rings",
    "rainbow": "rainbow", "lightning": "lightning", "thunderstorm": "lightning", "rain": "rain", "rainy": "rain",
    "snow": "snowfall", "snowy": "snowfall", "blizzard": "snowfall", "fireworks": "fireworks", "volcano": "volcano",
    "meteor": "meteor", "comet": "meteor", "birds": "flock", "flock": "flock", "fireflies": "fireflies",
    "aurora": "aurora", "borealis": "aurora", "northern lights": "aurora",
}  # fmt: skip

MOTIONS: dict[str, str] = {
    "zoom out": "out", "zooms out": "out", "zooming out": "out", "pull back": "out", "pulls back": "out",
    "pull-back": "out", "dolly out": "out", "pull out": "out", "zoom in": "in", "zooms in": "in",
    "zooming in": "in", "push in": "in", "push-in": "in", "pushes in": "in", "dolly": "in", "dolly in": "in",
    "moves closer": "in", "pan left": "left", "pans left": "left", "panning left": "left", "truck left": "left",
    "pan right": "right", "pans right": "right", "panning right": "right", "truck right": "right", "pan": "right",
    "panning": "right", "tracking": "right", "tracking shot": "right", "tilt up": "up", "tilts up": "up",
    "crane up": "up", "rises": "up", "rising": "up", "tilt down": "down", "tilts down": "down",
    "crane down": "down", "descends": "down", "orbit": "orbit", "orbits": "orbit", "orbiting": "orbit",
    "rotate": "orbit", "rotates": "orbit", "rotating": "orbit", "spins": "orbit", "circling": "orbit",
    "handheld": "handheld", "static": "still", "locked": "still", "tripod": "still", "still": "still",
}  # fmt: skip

COUNTS: dict[str, int] = {"two": 2, "pair": 2, "couple": 2, "three": 3, "trio": 3, "four": 4, "five": 5, "several": 3,
                          "many": 5, "some": 3, "2": 2, "3": 3, "4": 4, "5": 5}  # fmt: skip

HOME: dict[str, str] = {
    "fox": "forest", "deer": "forest", "bear": "forest", "owl": "forest", "mushroom": "forest", "cat": "room",
    "dog": "garden", "rabbit": "garden", "horse": "hills", "bird": "garden", "butterfly": "garden",
    "flower": "garden", "fish": "underwater", "turtle": "underwater", "whale": "sea", "penguin": "snowfield",
    "portrait": "backdrop", "person": "hills", "robot": "backdrop", "astronaut": "moonscape", "tree": "hills",
    "palm": "beach", "cactus": "desert", "plant": "room", "chair": "room", "house": "hills", "cabin": "mountains",
    "castle": "hills", "temple": "mountains", "lighthouse": "coast", "windmill": "hills", "tent": "mountains",
    "bridge": "river", "car": "road", "train": "hills", "rocket": "space", "balloon": "hills", "bicycle": "road",
    "sailboat": "sea", "plane": "sky", "kite": "sky", "ufo": "hills", "heart": "backdrop", "star": "backdrop",
    "gem": "backdrop", "crown": "backdrop",
}  # fmt: skip

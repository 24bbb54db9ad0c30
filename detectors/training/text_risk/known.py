"""What `text.risk` is known to get wrong; goes onto its card."""

KNOWN_FAILURES = (
    "child_safety and token_fraud have no output here: the first has no trained detector by "
    "design, the second is judged from token facts.",
    "Of the functional suite (2,316 authored cases, 12 languages) the detectors that run by "
    "default flag 90 % of what must be flagged (Arabic 77 %, English 100 %) and pass 96 % of what "
    "must pass. Weakest: insults without swear words, counter-speech that repeats what it "
    "answers, threats in everyday words, misspelt phishing.",
    "Affirmations are taken for what they answer: 'Trans women are women' for hate, 'Vaccines "
    "save lives' for misinformation. Chants (the same word five times) are taken for spam.",
    "Harmless talk without any signs around a violation hides a third of what is flagged, a "
    "harmless sentence after each clause three in ten, and a search that may ask 100 times half.",
    "Rude tweets that nobody found offensive are flagged for harassment: one in five of told_br "
    "(Portuguese), one in ten of other such sets.",
    "Parts of a text mislead: the whole text alone orders held-back misinformation better (0.978 "
    "against 0.955 average precision), but then ordinary talk around a violation hides it.",
    "A source that training left out whole is flagged oftener: in shortened runs 3.6 % of benign "
    "rows on average, 7 to 12 % of assistant prompts, short comments and a wallet's documents.",
    "In languages whose data sets were held back whole little passes the thresholds, though the "
    "order of scores carries over; early exit blurs that order.",
    "On posts around crypto (janitr's valid split) it finds half of the frauds at 1.2 % false "
    "alarms. text.risk@1 was ahead there, having been trained on a part of these posts.",
    "impersonation and unsafe_generation were trained on authored texts and contrast pairs alone: "
    "no data set measures them.",
    "misinformation in the data sets is that of 2020 on COVID-19; other subjects are authored.",
    "Authored texts and pairs were written for this project and read by no native speaker.",
    "What is written inside a handle or behind the host of a link is not read here.",
    "A text's score is the highest of its readings': long texts have more of them, and more false "
    "alarms. It is an order more than a probability; live traffic holds far fewer violations "
    "than the calibration rows. Set thresholds on labelled traffic.",
)

"""What `text.risk` is known to get wrong; goes onto its card."""

KNOWN_FAILURES = (
    "child_safety and token_fraud have no output here: the first has no trained detector by "
    "design, the second is judged from token facts.",
    "Of the functional suite (2,316 authored cases, 12 languages) the detectors that run by "
    "default flag 74 % of what must be flagged (Arabic 64 %, English 92 %) and pass 99 % of what "
    "must pass. Weakest: plain insults without swear words and attacks on groups in ordinary "
    "words.",
    "Ordered well, flagged less: with all thresholds lowered by one factor it finds nine of ten "
    "of these cases while 5 % of what must pass is flagged. Lower thresholds flag more "
    "ordinary text (see the false alarms by data set).",
    "In languages whose data sets were held back whole little passes the thresholds, though the "
    "order of scores carries over; early exit blurs that order.",
    "On the data sets' own held-back rows text.risk@1 was ahead in self_harm, misinformation, spam "
    "and fraud around crypto: the last phase of training sees few of their rows.",
    "Criticism, health facts, support staff's own notices and talk of crises score high though "
    "they violate nothing, mostly below the thresholds.",
    "impersonation and unsafe_generation were trained on authored texts and contrast pairs alone: "
    "no data set measures them.",
    "misinformation in the data sets is that of 2020 on COVID-19; other subjects are authored.",
    "Authored texts and pairs were written for this project and read by no native speaker.",
    "What is written inside a handle or behind the host of a link is not read here.",
    "A text's score is the highest of its readings': long texts have more of them, and more false "
    "alarms. It is an order more than a probability; live traffic holds far fewer violations "
    "than the calibration rows. Set thresholds on labelled traffic.",
)

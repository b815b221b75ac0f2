/** An invented article, a codebook and suggestions for the harness. */

const device = (id, name, code, key, light, dark, line, definition, marked) => ({
  id,
  name,
  code,
  key,
  definition,
  group: "",
  color: { light, dark },
  line,
  examples: [{ text: `An invented sentence with ${marked} in it.`, marked }],
});

export const DEVICES = [
  device(
    "doubt",
    "Doubt",
    "DB",
    "1",
    "#6b3fa0",
    "#c4a1f5",
    "dotted",
    "Wording that keeps its distance from what it names, or discredits it: scare quotes, “so-called”, “self-styled”, “purported”.",
    "the so-called council",
  ),
  device(
    "presupposed_judgement",
    "Presupposed judgement",
    "PJ",
    "2",
    "#b3261e",
    "#ff9486",
    "double",
    "A contested legal, moral or historical judgement put as if it were settled: “illicit”, “stolen”, “unprovoked”.",
    "looted timber",
  ),
  device(
    "name_calling",
    "Name-calling",
    "NC",
    "3",
    "#a34f00",
    "#f7a64a",
    "solid",
    "A charged name, hostile or flattering, for a person, a group or a state.",
    "the thugs",
  ),
  device(
    "flag_waving",
    "Flag-waving",
    "FW",
    "4",
    "#1f5fbf",
    "#82b6ff",
    "double",
    "An appeal to pride in a nation, people or group.",
    "our valiant guards",
  ),
  device(
    "appeal_to_fear",
    "Appeal to fear",
    "AF",
    "5",
    "#8a1c5b",
    "#f093c5",
    "wavy",
    "Stirs fear of a danger to come.",
    "plunge us into the abyss",
  ),
  device(
    "exaggeration_minimisation",
    "Exaggeration or minimisation",
    "EM",
    "6",
    "#5c6300",
    "#c8cf5a",
    "dashed",
    "Overstates or plays down: “the worst ever”, “just a handful of”, euphemisms.",
    "the worst ever",
  ),
  device(
    "loaded_language",
    "Loaded language",
    "LL",
    "7",
    "#0b6e69",
    "#5fd0c8",
    "wavy",
    "Any other charged or evaluative wording: verbs, adjectives, metaphors.",
    "slammed",
  ),
];

const FRAME_NAMES = [
  "Economic",
  "Capacity and resources",
  "Morality",
  "Fairness and equality",
  "Legality, constitutionality and jurisprudence",
  "Policy prescription and evaluation",
  "Crime and punishment",
  "Security and defense",
  "Health and safety",
  "Quality of life",
  "Cultural identity",
  "Public opinion",
  "Political",
  "External regulation and reputation",
];

const small = (id, name, key) => ({
  id,
  name,
  code: name.slice(0, 2).toUpperCase(),
  key,
  definition: `${name}: an invented definition for the harness.`,
  group: "",
  color: { light: "#555555", dark: "#bbbbbb" },
  line: "solid",
  examples: [],
});

export const LABELS = {
  codebook: "news-framing@1",
  devices: DEVICES,
  frames: FRAME_NAMES.map((name) => small(name.split(",")[0].replaceAll(" ", "_"), name, null)),
  voices: [small("own", "Own voice", "o"), small("quoted", "Quoted", "q"), small("attributed", "Attributed", "t")],
  polarities: [small("-", "Against", "-"), small("+", "For", "+"), small("0", "Neither", "=")],
  has_target: true,
  span_frames_max: 2,
  article_frames_max: 4,
  allow_overlap: true,
};

const PARAGRAPHS = [
  "Harbour talks collapse as Marenian regime tightens its grip on the strait",
  "PORT ELDIS – The so-called peace council met for the third time on Tuesday without agreeing on a chair, while the Marenian regime moved two more frigates into the strait that it unlawfully occupies.",
  "“These pirates will plunge the whole coast into the abyss,” said Oran Telmy, the harbour commissioner, who slammed the ministry’s reckless shipping order as the worst ever. The ministry denied it.",
  "Lorries carried the looted timber and the stolen Velian copper across the border before dawn, according to the fishermen’s union. Our valiant border guards held the pass through the night 🪧 and turned back 14 trucks.",
  "A spokeswoman for the ministry said the illegal naval presence of the southern alliance left it no choice. She spoke of “a handful of isolated incidents” and called the union’s leaders agitators.",
  "The strait carries a fifth of the region’s grain. Insurers raised their premiums by 9 per cent in March; freight brokers expect a further rise if the blockade lasts into the summer.",
  "Residents of the old town, many of whom have fished these waters for generations, gathered on the quay in the evening. “Nobody asked us,” said Ilse Maron, 61. “They draw lines on a map, and we pay for the ink.”",
  "قال رئيس البلدية إن النظام الغاشم أغلق الميناء 🚢 مرة أخرى.",
  "Talks resume on Friday. Diplomats from three neighbouring states will attend as observers, and the alliance has promised to withdraw its heavy vessels if the frigates leave first.",
];

/** An article of about `words` words; the same paragraphs again and again. */
export function makeText(words) {
  const parts = [];
  let count = 0;
  while (count < words) {
    for (const paragraph of PARAGRAPHS) {
      parts.push(paragraph);
      count += paragraph.split(/\s+/).length;
      if (count >= words) break;
    }
  }
  return parts.join("\r\n\r\n");
}

const PROPOSED = [
  ["so-called peace council", "doubt", 0.81, "own", "Peace council", "-", "model"],
  ["Marenian regime", "name_calling", 0.93, "own", "Marenian government", "-", "model"],
  ["regime", "name_calling", 0.55, "own", "Marenian government", "-", "lexicon"],
  ["unlawfully occupies", "presupposed_judgement", 0.77, "own", "Marenian government", "-", "model"],
  ["pirates", "name_calling", 0.72, "quoted", "", "-", "lexicon"],
  ["plunge the whole coast into the abyss", "appeal_to_fear", 0.64, "quoted", "Marenian government", "-", "model"],
  ["reckless", "loaded_language", 0.41, "attributed", "Ministry", "-", "model"],
  ["slammed", "loaded_language", 0.58, "own", "Ministry", "-", "lexicon"],
  ["looted timber", "presupposed_judgement", 0.69, "own", "", "-", "model"],
  ["stolen Velian copper", "presupposed_judgement", 0.88, "attributed", "Marenian government", "-", "model"],
  ["valiant border guards", "flag_waving", 0.83, "own", "Border guards", "+", "model"],
  ["illegal naval presence", "presupposed_judgement", 0.62, "attributed", "Southern alliance", "-", "model"],
  ["a handful of isolated incidents", "exaggeration_minimisation", 0.47, "quoted", "", "0", "model"],
  ["agitators", "name_calling", 0.22, "attributed", "Union", "-", "model"],
  ["النظام الغاشم", "name_calling", 0.66, "attributed", "", "-", "model"],
];

const codepoints = (text) => Array.from(text).length;

/** Places of the phrases in the text, in code points, `most` at most. */
export function findPhrases(text, most) {
  const found = [];
  for (let from = 0; from < text.length && found.length < most;) {
    const hits = PROPOSED.map((one) => [text.indexOf(one[0], from), one]).filter(([at]) => at >= 0);
    if (!hits.length) break;
    const [at, [quote, device, probability, voice, target, polarity, agent]] = hits.sort(
      (a, b) => a[0] - b[0] || b[1][0].length - a[1][0].length,
    )[0];
    const start = codepoints(text.slice(0, at));
    found.push({ start, end: start + codepoints(quote), quote, device, probability, voice, target, polarity, agent });
    from = at + 1;
  }
  return found;
}

export function makeSuggestions(text, most) {
  const spans = findPhrases(text, most).map((one, index) => ({
    ...one,
    id: `s${index}`,
    frames: [
      { label: "Legality", probability: 0.7 },
      { label: "Security_and_defense", probability: 0.5 },
      { label: "Economic", probability: 0.3 },
    ],
    agent_version: one.agent === "model" ? "news-framing-minilm@1.0.0" : "lexicon@1",
    rule: one.agent === "lexicon" ? one.quote : "",
  }));
  const second = codepoints(text.slice(0, text.indexOf("PORT")));
  const frames = [
    {
      label: "External_regulation_and_reputation",
      probability: 0.86,
      agent_version: "news-framing-minilm@1.0.0",
      evidence: [{ start: second, end: second + 180, probability: 0.9 }],
    },
    {
      label: "Economic",
      probability: 0.61,
      agent_version: "news-framing-minilm@1.0.0",
      evidence: [
        { start: second + 620, end: second + 760, probability: 0.8 },
        { start: second + 420, end: second + 520, probability: 0.6 },
      ],
    },
    { label: "Security_and_defense", probability: 0.48, agent_version: "news-framing-minilm@1.0.0", evidence: [] },
  ];
  return { spans, frames };
}

// Numbers as people type them: the same as ui/typed.py, for the fields of the stage.

const MOST_CHARACTERS = 40;
const PLAIN = /^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)(e[+-]?[0-9]+)?$/;
const POWER = /(^[+-]?|[×*·])10(?:\^([+-]?[0-9]+)|([⁺⁻]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+))$/;
const RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹";
const UNSEEN = /[\u200b-\u200f\u202a-\u202e\u2060\ufeff]/g;
const SIGNS = "−–﹣－＋，．／０１２３４５６７８９";
const MEANT = "----+,./0123456789";
const EITHER = /^[+-]?[1-9][0-9]{0,2},[0-9]{3}(e.*)?$/; // 1,000: one, or a thousand
const GROUPED = /^[+-]?[1-9][0-9]{0,2}(?:(,[0-9]{3})+(\.[0-9]*)?|(\.[0-9]{3})+,[0-9]*|(\.[0-9]{3}){2,})$/;
const SPACED = /([+-]?[1-9][0-9]{0,2})((?:[ '’][0-9]{3})+)(?![0-9])/g;
const FRACTION = /^([+-]?[0-9]+)\/([0-9]+)$/;

const plain = (c) => (SIGNS.includes(c) ? MEANT[SIGNS.indexOf(c)] : c);
const lowered = (text) => [...text].map((c) => (c === "⁻" ? "-" : c === "⁺" ? "+" : RAISED.indexOf(c))).join("");

// The number that was typed; where there is none, why, as a word: "nothing", "either", "fraction", "huge", "tiny", "text".
export function read(text) {
  let said = text.replace(UNSEEN, "").trim().replace(/\s+/g, " ");
  if (!said) return "nothing";
  if (said.length > MOST_CHARACTERS) return "text";
  said = [...said].map(plain).join("").toLowerCase();
  const bare = said.replaceAll(" ", "");
  const power = POWER.exec(bare);
  if (power) said = `${bare.slice(0, power.index) || `${power[1]}1`}e${power[2] ?? lowered(power[3])}`;
  said = said.replace(SPACED, (_, first, rest) => first + rest.replace(/[ '’]/g, ""));
  if (EITHER.test(said)) return "either";
  if (GROUPED.test(said)) {
    const mark = said.includes(",") && said.includes(".") ? Math.max(said.lastIndexOf(","), said.lastIndexOf(".")) : said.length;
    said = said.slice(0, mark).replace(/[.,]/g, "") + said.slice(mark);
  }
  said = said.replace(",", ".");
  if (FRACTION.test(said.replaceAll(" ", ""))) return "fraction";
  if (!PLAIN.test(said)) return "text";
  const value = Number(said);
  if (!Number.isFinite(value)) return "huge";
  if (value === 0 && /[1-9]/.test(said.split("e")[0])) return "tiny";
  return value + 0;
}

const shown = (text) => {
  const said = text.trim().replace(/\s+/g, " ");
  return said.length <= 20 ? said : `${said.slice(0, 19)}…`;
};

// The number typed into a field, or the sentence that refuses it: {value} or {refused}. `name` is how the field is spoken
// of, `above` an end below which it takes no number.
export function number(text, name, example, above = null) {
  const found = read(text);
  const typed = shown(text);
  const capital = name.startsWith("the ") ? `T${name.slice(1)}` : name;
  if (typeof found === "number") {
    return above !== null && found <= above ? { refused: `${capital} has to be above ${above} (you typed ${typed}).` } : { value: found };
  }
  const [whole, rest] = typed.split(",");
  return {
    refused: {
      nothing: `Type a number for ${name}, such as ${example}.`,
      either: `${typed} can be read as ${whole}${rest} or as ${whole}.${rest}: type ${name} without a comma.`,
      fraction: `Type ${name} as a decimal number, such as ${example} (you typed ${typed}).`,
      huge: `${typed} is larger than any number this page computes with; type a smaller one for ${name}.`,
      tiny: `${typed} is closer to 0 than any number this page computes with; type 0 or a larger one.`,
      text: `${capital} has to be a number, such as ${example} (you typed ${typed}).`,
    }[found],
  };
}

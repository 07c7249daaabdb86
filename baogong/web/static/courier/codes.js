// The short code of a parcel, as the house makes it: 31 signs without look-alikes, the last one checks the others.

const SIGNS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ";
const DIGITS_MIN = 5;

/** What was scanned or typed, as the house keeps it: half-width capitals without blanks and hyphens. */
export function tidy(text) {
  return text.normalize("NFKC").toUpperCase().replace(/[\s\-·.]/g, "");
}

/** Whether a tidied text can be a code. One wrong sign, or two neighbours swapped, is noticed. */
export function isCode(text) {
  const values = [...text].map((sign) => SIGNS.indexOf(sign));
  if (values.length <= DIGITS_MIN || values.includes(-1)) return false;
  const check = values.pop();
  return values.reduce((sum, digit, place) => sum + (place + 2) * digit, 0) % SIGNS.length === check;
}

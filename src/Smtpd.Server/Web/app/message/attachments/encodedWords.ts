/** Decodes a header field (RFC 2047). What is not understood stays as it is. */
export function decodeWords(field: string): string {
  // Space between two encoded words is not part of the text (RFC 2047 6.2).
  const joined = field.replace(/(=\?[^?\s]+\?[bq]\?[^?]*\?=)\s+(?==\?[^?\s]+\?[bq]\?)/gi, '$1');
  return joined.replace(/=\?([^?*\s]+)(?:\*[^?]*)?\?([bq])\?([^?]*)\?=/gi, (whole, charset: string, encoding: string, text: string) => {
    try {
      return new TextDecoder(charset).decode(encoding.toLowerCase() === 'b' ? fromBase64(text) : fromQ(text));
    } catch {
      return whole;
    }
  });
}

const fromBase64 = (text: string): Uint8Array<ArrayBuffer> => Uint8Array.from(atob(text.replace(/\s/g, '')), (character) => character.charCodeAt(0));

function fromQ(text: string): Uint8Array<ArrayBuffer> {
  const octets = text.replace(/_/g, ' ').replace(/=([\da-f]{2})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
  return Uint8Array.from(octets, (character) => character.charCodeAt(0));
}

/** The fields of a message's header, decoded, up to the first empty line. */
export function readHeader(source: string): { name: string; value: string }[] {
  const end = /\r?\n\r?\n/.exec(source)?.index ?? source.length;
  const lines = source.slice(0, end).replace(/\r?\n[ \t]+/g, ' ').split(/\r?\n/);
  return lines.flatMap((line) => {
    const match = /^([!-9;-~]+)[ \t]*:[ \t]*(.*)$/.exec(line);
    return match ? [{ name: match[1]!, value: decodeWords(match[2]!.trim()) }] : [];
  });
}

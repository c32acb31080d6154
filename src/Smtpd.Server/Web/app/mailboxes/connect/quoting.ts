/** Texts as they are written in other languages. */

/** JavaScript, Python, Java, C#, Go and Rust agree on this for all that may be in an address or a password. */
export const double = (text: string): string => JSON.stringify(text);

/** PHP: nothing but these two is special. */
export const single = (text: string): string => `'${text.replace(/[\\']/g, '\\$&')}'`;

/** Ruby and Elixir put values in where `#{` stands. */
export const hashed = (text: string): string => double(text).replace(/#\{/g, '\\#{');

export const shell = (text: string): string => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replace(/'/g, `'\\''`)}'`);

export const powerShell = (text: string): string => `'${text.replace(/'/g, "''")}'`;

/** `.env`: quoted where a reader of it would take something for a comment or a variable. */
export const env = (text: string): string => (/^[\w@%+:,./-]*$/.test(text) ? text : `"${text.replace(/[\\"$]/g, '\\$&')}"`);

export const property = (text: string): string => text.replace(/\\/g, '\\\\');

/** In an address, everything special is written as %xx. */
export const inUrl = (text: string): string => encodeURIComponent(text).replace(/[!'()*]/g, (character) => '%' + character.charCodeAt(0).toString(16).toUpperCase());

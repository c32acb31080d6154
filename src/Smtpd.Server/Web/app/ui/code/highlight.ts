import core from 'highlight.js/lib/core';
import css from 'highlight.js/lib/languages/css';
import xml from 'highlight.js/lib/languages/xml';
import { tokensOf, type Token } from './tokens';

core.registerLanguage('xml', xml);
core.registerLanguage('css', css);

/** More than this many characters take too long to colour. */
const most = 400_000;

export const highlightHtml = (text: string): Token[] =>
  text.length > most ? [{ text }] : tokensOf(core.highlight(text, { language: 'xml', ignoreIllegals: true }).value);

import { api } from '../../api/client';
import type { Header, Link, Message, Part } from '../../api/types';
import { accessibilityFindings } from './accessibility';
import { deliveryFindings } from './delivery';
import { bySeverity, type Group } from './finding';
import { readHtml, textOf, type HtmlDocument } from './html';
import { linkFindings } from './links';

/** All that the checks look at. */
export interface Facts {
  message: Message;
  headers: Header[];
  parts: Part[];
  links: Link[];
  html: string | undefined;
  document: HtmlDocument | undefined;
  text: string | undefined;
}

export async function loadFacts(message: Message): Promise<Facts> {
  const [headers, parts, links] = await Promise.all([api.headers(message), api.parts(message), api.links(message)]);
  const has = (type: string) => parts.some((part) => part.contentType === type && !part.attachment);
  const [html, text] = await Promise.all([has('text/html') ? api.html(message) : undefined, has('text/plain') ? api.text(message) : undefined]);
  return { message, headers, parts, links, html, document: html === undefined ? undefined : readHtml(html), text };
}

export function groupsOf(facts: Facts): Group[] {
  const { document } = facts;
  const groups: Group[] = [
    { id: 'delivery', title: 'Delivery', findings: deliveryFindings({ ...facts, htmlText: document ? textOf(document.root) : '' }) },
    { id: 'links', title: 'Links', findings: linkFindings(facts.links, document) },
    { id: 'accessibility', title: 'Accessibility', findings: document ? accessibilityFindings(document) : [] },
  ];
  return groups.map((group) => ({ ...group, findings: bySeverity(group.findings) })).filter((group) => group.findings.length > 0);
}

/**
 * Where a link of a Bundle (R4 §3.1.1.8) leads, seen from the page that it stands on (RFC 3986 §5). What is absolute stays
 * as it is, letter by letter, and so does what is no address: whoever follows it looks at where that is.
 */
export const linkFrom = (page: string, link: string): string => (URL.canParse(link) || !URL.canParse(link, page) ? link : new URL(link, page).href);

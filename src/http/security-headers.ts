import helmet, { type HelmetOptions } from 'helmet';

const NOTHING = { 'default-src': ["'none'"], 'frame-ancestors': ["'none'"], 'base-uri': ["'none'"], 'form-action': ["'none'"] };

const shared: HelmetOptions = {
  xFrameOptions: { action: 'deny' },
  referrerPolicy: { policy: 'no-referrer' },
  // For old browsers that no one here supports, or for what is not served here.
  xDownloadOptions: false, xPermittedCrossDomainPolicies: false, xXssProtection: false, xDnsPrefetchControl: false, originAgentCluster: false,
};

/** Of pages: their own styles, and what a page's own policy adds to it. */
export const pageSecurity = helmet({ ...shared, contentSecurityPolicy: { useDefaults: false, directives: { ...NOTHING, 'style-src': ["'self'"] } } });

/** Of the FHIR API: nothing of an answer runs, or is shown inside another page. */
export const apiSecurityHeaders: Readonly<Record<string, string>> = headersOf(helmet({ ...shared, contentSecurityPolicy: { useDefaults: false, directives: NOTHING }, crossOriginOpenerPolicy: false, crossOriginEmbedderPolicy: false }));

/** What helmet sets on every answer, once and for all: the API is a plain listener. */
function headersOf(middleware: ReturnType<typeof helmet>): Record<string, string> {
  const headers: Record<string, string> = {};
  const response = { setHeader: (name: string, value: string) => void (headers[name] = value), removeHeader: () => undefined };
  middleware({} as never, response as never, (error?: unknown) => {
    if (error) throw error as Error;
  });
  return headers;
}

import type { Bundle, DocumentReference, FhirResource, Parameters } from 'fhir/r4.js';
import { describe, expect, it } from 'vitest';
import { families, guardedClinic, namesIn, type Asking } from './clinic.js';

/** A Binary is in no compartment; R4 has `securityContext` for whom it may be shown to. */
const pdf = Buffer.from('%PDF-1.4 of somebody').toString('base64');
const binary = (id: string, securityContext?: string): FhirResource => ({ resourceType: 'Binary', id, contentType: 'application/pdf', data: pdf, ...(securityContext === undefined ? {} : { securityContext: { reference: securityContext } }) });

describe('files', () => {
  const clinic = guardedClinic(() => [
    ...families, binary('of-ana', 'Patient/ana'), binary('of-ana-claim', 'Claim/clm-ana'), binary('of-ben', 'Patient/ben'), binary('of-ben-claim', 'Claim/clm-ben'),
    binary('of-nobody'), binary('of-all', 'Organization/payer'), binary('of-task', 'Task/task-ana'), binary('of-binary', 'Binary/of-ana'), binary('of-none', 'Patient/none'),
  ]);
  const ana = (scope = 'patient/*.rs'): Asking => clinic.as(scope, { patient: 'ana' });

  it.each([['of-ana', 200], ['of-ana-claim', 200], ['of-ben', 404], ['of-ben-claim', 404], ['of-nobody', 404], ['of-all', 404], ['of-task', 404], ['of-binary', 404], ['of-none', 404]] as const)('%s is %i to Ana, as a resource, a version, and as it is', async (id, status) => {
    expect((await ana().get(`Binary/${id}`)).status).toBe(status);
    expect((await ana().get(`Binary/${id}/_history/1`)).status).toBe(status);
    const file = await ana().get(`Binary/${id}`, { Accept: 'application/pdf' });
    expect([file.status, file.status === 200 ? file.text : '']).toEqual([status, status === 200 ? '%PDF-1.4 of somebody' : '']);
  });

  it('needs the right to read Binaries, and to read what the Binary is about', async () => {
    expect((await ana('patient/Patient.rs').get('Binary/of-ana')).status).toBe(403);
    expect((await ana('patient/Binary.r').get('Binary/of-ana')).status).toBe(404);
    expect((await ana('patient/Binary.r patient/Patient.r').get('Binary/of-ana')).status).toBe(200);
    expect((await ana('patient/Binary.r patient/Patient.r').get('Binary/of-ana-claim')).status).toBe(404);
    expect((await ana('patient/Binary.r?_tag=x patient/Patient.r').get('Binary/of-ana')).status).toBe(404);
    expect((await clinic.as('patient/*.rs').get('Binary/of-ana')).status).toBe(403);
  });

  it('is found by no search, and changed by nobody', async () => {
    expect(namesIn(await ana().get('Binary'))).toEqual([]);
    expect(namesIn(await ana().get('?_type=Binary,Patient'))).toEqual(['Patient/ana']);
    expect((await ana('patient/*.cruds').put('Binary/of-ana', binary('of-ana', 'Patient/ana'))).status).toBe(403);
    expect((await ana('patient/*.cruds').delete('Binary/of-ana')).status).toBe(403);
    expect((await ana('patient/*.cruds').post('Binary', { ...binary('x', 'Patient/ana'), id: undefined })).status).toBe(403);
  });

  it('what was hers is not hers any more when it is about another', async () => {
    const all = clinic.as('system/*.cruds');
    expect((await all.put('Binary/moved', binary('moved', 'Patient/ana'))).status).toBe(201);
    expect((await ana().get('Binary/moved')).status).toBe(200);
    expect((await all.put('Binary/moved', binary('moved', 'Patient/ben'))).status).toBe(200);
    expect((await ana().get('Binary/moved')).status).toBe(404);
    expect((await ana().get('Binary/moved/_history/1')).status).toBe(404);
  });
});

describe('a patient’s own statement', () => {
  const clinic = guardedClinic(() => [], { seed: 'demo' });

  it('is opened with the patient’s token, and with no other patient’s', async () => {
    const made = await clinic.as('user/*.cruds').post('Patient/pat-moresby/$statement', { resourceType: 'Parameters' });
    expect(made.status, made.text).toBe(200);
    const document = (made.body as Parameters).parameter?.find(({ name }) => name === 'document')?.valueReference?.reference;
    const all = clinic.as('system/*.rs');
    const references = document === undefined ? ((await all.get('DocumentReference?patient=Patient/pat-moresby')).body as Bundle<DocumentReference>).entry?.map(({ resource }) => resource) ?? [] : [(await all.get(document)).body as DocumentReference];
    const urls = references.flatMap((each) => each?.content.flatMap(({ attachment: { url } }) => (url?.startsWith('Binary/') ? [url] : [])) ?? []);
    expect(urls.length).toBeGreaterThan(0);
    for (const url of urls) {
      expect((await clinic.as('patient/*.rs', { patient: 'pat-moresby' }).get(url)).status).toBe(200);
      expect((await clinic.as('patient/*.rs', { patient: 'pat-ashdown' }).get(url)).status).toBe(404);
    }
  });
});

import type { CareTeam, Organization, PractitionerRole, Reference, Task } from 'fhir/r4.js';
import { relative } from '../../claims/read-header.js';
import type { Resources } from '../../fhir/resources.js';
import { PERFORMER_SYSTEM } from '../task.js';

/** Who may own a Task of the queue (profile `cobalt-task`): a person, a person's role, or a team. */
const OWNER = /^(Practitioner|PractitionerRole|CareTeam|Organization)\/[A-Za-z0-9\-.]{1,64}$/;

/** `Practitioner/1` of a reference to a person or team on this server, without version; undefined for any other. */
export function ownerIn(reference: string | undefined, baseUrl: string): string | undefined {
  const local = relative(reference?.startsWith(`${baseUrl}/`) ? reference.slice(baseUrl.length + 1) : reference);
  return local !== undefined && OWNER.test(local) ? local : undefined;
}

/** As whom somebody takes work. */
export interface Standing {
  /** The person or team itself, and the roles, care teams and organisations that it stands for. */
  readonly names: readonly string[];
  /** Codes of `CodeSystem/work-performer` that its roles have (`PractitionerRole.code`). */
  readonly performers: readonly string[];
}

/** In whose name a person or team may take work, and which work that not anybody may do. */
export async function standingOf(owner: string, resources: Resources): Promise<Standing> {
  const roles = await rolesOf(owner, resources);
  const people = [owner, ...roles.flatMap(({ id, practitioner }) => [`PractitionerRole/${id ?? ''}`, ...targets([practitioner])])];
  const teams = await teamsOf(people, resources);
  return {
    names: [...new Set([...people, ...teams.map(({ id }) => `CareTeam/${id ?? ''}`), ...targets(roles.map(({ organization }) => organization))])],
    performers: roles.flatMap(({ code = [] }) => code.flatMap(({ coding = [] }) => coding)).flatMap(({ system, code }) => (system === PERFORMER_SYSTEM && code !== undefined ? [code] : [])),
  };
}

/**
 * Who leads the owner: for a person the care team, else the organisation of the role; for a care team the organisation
 * that manages it; for an organisation the one it is part of. Undefined where nothing says so.
 */
export async function leadOf(owner: string, resources: Resources): Promise<string | undefined> {
  const [type, id = ''] = owner.split('/');
  if (type === 'CareTeam') return targets((await resources.read<CareTeam>('CareTeam', id))?.managingOrganization ?? [])[0];
  if (type === 'Organization') return targets([(await resources.read<Organization>('Organization', id))?.partOf])[0];
  const [team] = await teamsOf([owner], resources);
  if (team) return `CareTeam/${team.id ?? ''}`;
  return targets((await rolesOf(owner, resources)).map(({ organization }) => organization))[0];
}

/** Of a Task; undefined while it is free. */
export const ownerOf = ({ owner }: Task): string | undefined => relative(owner?.reference);

async function rolesOf(owner: string, resources: Resources): Promise<PractitionerRole[]> {
  const [type, id = ''] = owner.split('/');
  if (type === 'Practitioner') return resources.search<PractitionerRole>('PractitionerRole', `practitioner=${owner}&active:not=false&_sort=_id`);
  const role = type === 'PractitionerRole' ? await resources.read<PractitionerRole>('PractitionerRole', id) : undefined;
  return role && role.active !== false ? [role] : [];
}

const teamsOf = (people: readonly string[], resources: Resources): Promise<CareTeam[]> =>
  resources.search<CareTeam>('CareTeam', `participant=${people.join()}&status:not=inactive,entered-in-error&_sort=_id`);

const targets = (references: readonly (Reference | undefined)[]): string[] => references.flatMap((each) => relative(each?.reference) ?? []);

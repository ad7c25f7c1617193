// Who may import whom: downward only, no circles. The house is described in CONTRIBUTING.md.
const layer = (name, from, allowed) => ({
  name,
  severity: 'error',
  comment: `${from} may import of ours only: ${allowed.length ? allowed.join(', ') : 'itself'}`,
  from: { path: `^${from}/` },
  to: { path: '^(src|operations)/', pathNot: [`^${from}/`, ...allowed.map((a) => `^${a}`)] },
});
const pure = ['cob', 'claims', 'x12'];
module.exports = {
  forbidden: [
    { name: 'no-circles', severity: 'error', from: {}, to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } } },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    { name: 'no-dev-dependencies', severity: 'error', from: { path: '^(src|operations)/', pathNot: '^src/build/' }, to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'], pathNot: '@types/' } },
    layer('http', 'src/http', ['src/fhir/', 'src/smart/', 'src/root\\.ts$']),
    layer('operations', 'operations', ['src/exchange/', 'src/work/', 'src/sync/', 'src/outbound/', 'src/fhir/', 'src/claims/', 'src/cob/', 'src/x12/', 'src/root\\.ts$']),
    layer('exchange', 'src/exchange', ['src/work/', 'src/fhir/', 'src/claims/', 'src/outbound/', 'src/root\\.ts$']),
    layer('work', 'src/work', ['src/fhir/', 'src/claims/', 'src/cob/', 'src/x12/', 'src/smart/', 'src/outbound/', 'src/root\\.ts$']),
    layer('sync', 'src/sync', ['src/fhir/', 'src/claims/', 'src/cob/', 'src/x12/', 'src/smart/', 'src/outbound/', 'src/root\\.ts$']),
    layer('fhir', 'src/fhir', ['src/store/(store|body)\\.ts$', 'src/root\\.ts$']),
    layer('x12', 'src/x12', ['src/claims/']),
    layer('payer', 'src/payer', ['src/claims/']),
    layer('claims', 'src/claims', ['src/cob/']),
    { name: 'claims-takes-only-types-of-cob', severity: 'error', from: { path: '^src/claims/' }, to: { path: '^src/cob/', dependencyTypesNot: ['type-only'] } },
    ...['cob', 'outbound', 'smart', 'store', 'web'].map((name) => layer(name, `src/${name}`, name === 'store' ? ['src/root\\.ts$'] : [])),
    ...pure.map((name) => ({
      name: `${name}-is-pure`,
      severity: 'error',
      comment: 'values in, values out: no I/O, no server, no clock; of packages only big.js, and types',
      from: { path: `^src/${name}/` },
      to: { dependencyTypes: ['core', 'npm'], dependencyTypesNot: ['type-only'], pathNot: 'node_modules/(@types/)?(big\\.js|fhir)/' },
    })),
    { name: 'only-main-knows-adapters', severity: 'error', from: { path: '^(src|operations)/', pathNot: '^src/(main\\.ts|config\\.ts|cli/|store/|build/)' }, to: { path: '^src/store/(open\\.ts$|sqlite/|mongo/)' } },
    { name: 'only-main-knows-config', severity: 'error', from: { path: '^(src|operations)/', pathNot: '^src/(main\\.ts|config\\.ts|cli/)' }, to: { path: '^src/config\\.ts$' } },
    { name: 'nobody-imports-main-or-build', severity: 'error', from: { path: '^(src|operations)/', pathNot: '^src/(main\\.ts|cli/|build/)' }, to: { path: '^src/(main\\.ts|cli/|build/)' } },
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^dist' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'require', 'node', 'default', 'types'] },
  },
};

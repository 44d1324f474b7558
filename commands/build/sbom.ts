import { type Manifest, manifestOf } from '#commands/build/licences.ts'

/** The bundle's parts as CycloneDX 1.6, for whoever compares them with lists of known holes. */
export function sbomText(version: string, folders: readonly string[]): string {
  const bom = {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: { component: { type: 'application', name: 'coldloop-agent', version } },
    components: folders.map(folder => componentOf(manifestOf(folder))),
  }
  return `${JSON.stringify(bom, undefined, 2)}\n`
}

function componentOf({ name, version, license }: Manifest) {
  const purl = `pkg:npm/${name.replace('@', '%40')}@${version}`
  return {
    type: 'library',
    'bom-ref': purl,
    name,
    version,
    purl,
    ...(license === undefined ? {} : { licenses: [{ expression: license }] }),
  }
}

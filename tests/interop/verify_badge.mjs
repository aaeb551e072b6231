// Verify badges with an implementation that is not ours: @digitalbazaar/vc.
// Usage: node verify_badge.mjs STATUS-LIST.json OPEN-BADGES-CONTEXT.json BADGE.json...
// Prints a line of JSON for each: {"verified": ..., "revoked": ..., "error": ...}.
import {readFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import * as vc from '@digitalbazaar/vc';
import * as Ed25519Multikey from '@digitalbazaar/ed25519-multikey';
import {DataIntegrityProof} from '@digitalbazaar/data-integrity';
import {cryptosuite} from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite';
import {driver} from '@digitalbazaar/did-method-key';
import {checkStatus} from '@digitalbazaar/vc-bitstring-status-list';

const require = createRequire(import.meta.url);
const {named: credentials} = await import('@digitalbazaar/credentials-context');
const {contexts: integrity} = require('@digitalbazaar/data-integrity-context');
const {contexts: multikey} = require('@digitalbazaar/multikey-context');

const [statusFile, contextFile, ...badgeFiles] = process.argv.slice(2);
const statusList = JSON.parse(readFileSync(statusFile));

const didKey = driver();
didKey.use({multibaseMultikeyHeader: 'z6Mk', fromMultibase: Ed25519Multikey.from});

const known = new Map([...integrity, ...multikey]);
for(const {id, context} of credentials.values()) {
  known.set(id, context);
}
known.set('https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json',
  JSON.parse(readFileSync(contextFile)));
known.set(statusList.id, statusList);

async function documentLoader(url) {
  if(known.has(url)) {
    return {contextUrl: null, documentUrl: url, document: known.get(url)};
  }
  if(url.startsWith('did:key:')) {
    return {contextUrl: null, documentUrl: url, document: await didKey.get({url})};
  }
  throw new Error(`not known here: ${url}`);
}

const suite = new DataIntegrityProof({cryptosuite});

async function verify(file) {
  try {
    const result = await vc.verifyCredential({
      credential: JSON.parse(readFileSync(file)), suite, documentLoader,
      checkStatus: options => checkStatus({...options, verifyMatchingIssuers: true})
    });
    const statuses = result.statusResult?.results;
    const revoked = statuses ? statuses.some(each => each.status) : null;
    const errors = result.error?.errors ?? [result.error ?? result.statusResult?.error];
    const error = errors.map(each => String(each?.message ?? each)).join('; ');
    return {verified: result.verified, revoked, error: result.verified ? null : error};
  } catch(error) {
    return {verified: false, revoked: null, error: String(error.message)};
  }
}

for(const file of badgeFiles) {
  console.log(JSON.stringify(await verify(file)));
}

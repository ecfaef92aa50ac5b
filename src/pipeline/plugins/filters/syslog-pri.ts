import { fieldPath, parseFieldPath, printValue, type FieldPath } from '../../../event/index.ts'
import { fail } from '../../../diagnostic/index.ts'
import { option, type } from '../../../settings/index.ts'
import { parseRubyInteger } from '../../grok/index.ts'
import { defineFilter } from '../define.ts'

/** As Logstash names them, after RFC 3164. */
const FACILITIES = (
  'kernel,user-level,mail,daemon,security/authorization,syslogd,line printer,network news,' +
  'uucp,clock,security/authorization,ftp,ntp,log audit,log alert,clock,' +
  'local0,local1,local2,local3,local4,local5,local6,local7'
).split(',')
const SEVERITIES = ['emergency', 'alert', 'critical', 'error', 'warning', 'notice', 'informational', 'debug']

/** The priority of a message that gives none: user-level, notice. */
const DEFAULT_PRIORITY = 13

/** For a number that has no name. */
const FAILURE_TAG = '_syslogpriparsefailure'

export const syslogPri = defineFilter({
  name: 'syslog_pri',
  summary: 'Takes a syslog priority apart into facility and severity.',
  options: {
    use_labels: option(type.boolean, { default: true, describe: 'Whether the names are added to the numbers.' }),
    syslog_pri_field_name: option(type.string, {
      describe: 'The field with the priority; `syslog_pri`, or with the names of ECS `[log][syslog][priority]`.',
    }),
    facility_labels: option(type.list(type.string), { default: FACILITIES, describe: 'Names of the facilities.' }),
    severity_labels: option(type.list(type.string), { default: SEVERITIES, describe: 'Names of the severities.' }),
    ecs_compatibility: option(type.oneOf('disabled', 'v1', 'v8'), {
      describe: "Names of the fields; the pipeline's setting by default.",
    }),
  },
  examples: [
    {
      title: 'a priority',
      config: '',
      in: { syslog_pri: '34' },
      out: {
        syslog_pri: '34',
        syslog_severity_code: 2,
        syslog_facility_code: 4,
        syslog_facility: 'security/authorization',
        syslog_severity: 'critical',
      },
    },
    {
      title: 'none, with the names of ECS',
      config: 'ecs_compatibility => v8',
      in: {},
      out: { log: { syslog: { severity: { code: 5, name: 'notice' }, facility: { code: 1, name: 'user-level' } } } },
    },
    {
      title: 'a number without a name',
      config: '',
      in: { syslog_pri: 193 },
      out: {
        syslog_pri: 193,
        syslog_severity_code: 1,
        syslog_facility_code: 24,
        tags: ['_syslogpriparsefailure'],
      },
    },
    {
      title: 'a number without a name, where none is wanted',
      config: 'use_labels => false',
      in: { syslog_pri: 193 },
      out: { syslog_pri: 193, syslog_severity_code: 1, syslog_facility_code: 24 },
    },
  ],
  create(options, context) {
    const legacy = (options.ecs_compatibility ?? context.ecs) === 'disabled'
    const path = (old: string, ecs: string): FieldPath => fieldPath(legacy ? old : `[log][syslog]${ecs}`)
    const name = options.syslog_pri_field_name ?? (legacy ? 'syslog_pri' : '[log][syslog][priority]')
    const source = parseFieldPath(name)
    if (source === undefined)
      throw fail('plugin.option_invalid', {
        option: 'syslog_pri_field_name',
        expected: 'a field reference',
        value: name,
      })
    const severityCode = path('syslog_severity_code', '[severity][code]')
    const facilityCode = path('syslog_facility_code', '[facility][code]')
    const facilityName = path('syslog_facility', '[facility][name]')
    const severityName = path('syslog_severity', '[severity][name]')
    return {
      filter(batch) {
        for (const event of batch) {
          const value = event.get(source)
          const first = Array.isArray(value) ? value[0] : value
          const priority =
            first === undefined || first === null ? DEFAULT_PRIORITY : Number(parseRubyInteger(printValue(first)))
          const facility = Math.floor(priority / 8)
          const severity = priority - facility * 8
          event.set(severityCode, severity)
          event.set(facilityCode, facility)
          const facilityLabel = options.facility_labels[facility]
          const severityLabel = options.severity_labels[severity]
          if (options.use_labels && facilityLabel !== undefined && severityLabel !== undefined) {
            event.set(facilityName, facilityLabel)
            event.set(severityName, severityLabel)
          } else if (options.use_labels) event.tag(FAILURE_TAG)
          context.matched(event)
        }
        return batch
      },
    }
  },
})

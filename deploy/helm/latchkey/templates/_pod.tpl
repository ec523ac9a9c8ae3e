{{- define "latchkey.name" -}}
{{- if contains "latchkey" .Release.Name }}{{ .Release.Name }}{{ else }}{{ .Release.Name }}-latchkey{{ end }}
{{- end }}

{{- define "latchkey.selector" -}}
app.kubernetes.io/name: latchkey
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "latchkey.labels" -}}
{{ include "latchkey.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{- define "latchkey.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}
{{- end }}

{{- define "latchkey.podSecurity" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
fsGroup: 65532
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{- define "latchkey.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end }}

{{- define "latchkey.environment" -}}
- name: ENVIRONMENT
  value: production
- name: BIND_ADDRESS
  value: 0.0.0.0:8080
- name: SHUTDOWN_DELAY_SECONDS
  value: {{ .Values.shutdown.delaySeconds | quote }}
- name: SHUTDOWN_GRACE_SECONDS
  value: {{ .Values.shutdown.graceSeconds | quote }}
{{- range $name, $value := .Values.config }}
- name: {{ $name }}
  value: {{ $value | toString | quote }}
{{- end }}
{{- if .Values.metrics.enabled }}
- name: METRICS_ADDR
  value: 0.0.0.0:{{ .Values.metrics.port }}
{{- end }}
{{- if .Values.cloudnativepg.enabled }}
# The operator's certificate is self-signed; "require" encrypts without verifying it.
- name: DATABASE_PASSWORD
  valueFrom:
    secretKeyRef:
      name: {{ include "latchkey.name" . }}-database-app
      key: password
- name: DATABASE_URL
  value: postgres://latchkey:$(DATABASE_PASSWORD)@{{ include "latchkey.name" . }}-database-rw:5432/latchkey?sslmode=require
{{- end }}
{{- range $name, $from := .Values.secretRefs }}
- name: {{ $name }}
  valueFrom:
    secretKeyRef:
      name: {{ $from.secret }}
      key: {{ $from.key }}
{{- end }}
{{- range $name, $key := .Values.secretFiles.settings }}
- name: {{ $name }}
  value: /run/secrets/latchkey/{{ $key }}
{{- end }}
{{- end }}

{{- define "latchkey.volumeMounts" -}}
{{- if .Values.secretFiles.secret }}
volumeMounts:
  - name: secret-files
    mountPath: /run/secrets/latchkey
    readOnly: true
{{- end }}
{{- end }}

{{- define "latchkey.volumes" -}}
{{- if .Values.secretFiles.secret }}
volumes:
  - name: secret-files
    secret:
      secretName: {{ .Values.secretFiles.secret }}
      defaultMode: 0440
{{- end }}
{{- end }}

{{- define "latchkey.environmentFrom" -}}
- secretRef:
    name: {{ .Values.existingSecret }}
{{- end }}

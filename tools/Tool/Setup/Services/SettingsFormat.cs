using System.CommandLine;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace LastMile.Events.Tool.Setup.Services;

/// <summary>Composes the files with which services start.</summary>
internal static class SettingsFormat
{
    private const string Env = "env";
    private const string Json = "json";
    private const string KubernetesSecret = "kubernetes-secret";

    private static readonly JsonSerializerOptions Indented = new()
    {
        WriteIndented = true,
        // The output is not embedded in HTML, so it needs no HTML escapes.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Returns the option <c>--format</c>.</summary>
    public static Option<string> Option()
    {
        var option = new Option<string>("--format")
        {
            Description = "env (docker run --env-file, systemd's EnvironmentFile), json (appsettings.json), or kubernetes-secret.",
            DefaultValueFactory = _ => Env,
        };
        option.AcceptOnlyFromAmong(Env, Json, KubernetesSecret);
        return option;
    }

    /// <summary>Returns the file.</summary>
    /// <param name="name">The service's name, such as <c>agent-ams</c>.</param>
    /// <param name="secret">The name of its Secret in Kubernetes.</param>
    /// <param name="settings">The settings.</param>
    /// <param name="format">The format.</param>
    public static SetupFile File(string name, string secret, IReadOnlyList<ServiceSetting> settings, string format) => format switch
    {
        Json => new(name + ".json", showSecrets => ComposeJson(settings, showSecrets)),
        KubernetesSecret => new(name + ".yaml", showSecrets => ComposeSecret(secret, settings, showSecrets)),
        _ => new(name + ".env", showSecrets => ComposeEnv(settings, showSecrets)),
    };

    private static string ComposeEnv(IReadOnlyList<ServiceSetting> settings, bool showSecrets) =>
        string.Concat(settings.Select(setting => $"{Variable(setting)}={setting.Shown(showSecrets)}\n"));

    private static string ComposeJson(IReadOnlyList<ServiceSetting> settings, bool showSecrets)
    {
        var root = new JsonObject();
        foreach (var setting in settings)
        {
            var path = setting.Name.Split(':');
            var section = path[..^1].Aggregate(root, (parent, key) => (JsonObject)(parent[key] ??= new JsonObject()));
            section[path[^1]] = setting.Shown(showSecrets);
        }

        return root.ToJsonString(Indented) + "\n";
    }

    // A JSON string is also a YAML string. The Secret names no namespace, because each region has its own.
    private static string ComposeSecret(string name, IReadOnlyList<ServiceSetting> settings, bool showSecrets) =>
        $"""
        apiVersion: v1
        kind: Secret
        metadata:
          name: {name}
        stringData:
        {string.Join('\n', settings.Select(setting => setting.Secret).OfType<ServiceSecret>().Select(secret =>
            $"  {secret.Key}: {JsonSerializer.Serialize(showSecrets ? secret.Text : SetupFile.Hidden, Indented)}"))}

        """;

    private static string Variable(ServiceSetting setting) => setting.Name.Replace(":", "__", StringComparison.Ordinal);
}

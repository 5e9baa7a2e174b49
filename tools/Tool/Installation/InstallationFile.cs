using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;

namespace LastMile.Events.Tool.Installation;

/// <summary>Reads an installation file: JSON with comments, whose values may name environment variables as <c>${NAME}</c>.</summary>
internal static partial class InstallationFile
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNameCaseInsensitive = true,
        ReadCommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
        // Reports misspelled settings.
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };

    /// <summary>Reads a file.</summary>
    /// <exception cref="InstallationFileException">The file can't be read, is invalid, or names a variable that is not set.</exception>
    public static InstallationSettings Read(string path)
    {
        try
        {
            var content = JsonNode.Parse(File.ReadAllText(path), documentOptions: new()
            {
                CommentHandling = JsonCommentHandling.Skip,
                AllowTrailingCommas = true,
                AllowDuplicateProperties = false,
            });
            var settings = Expand(content, path).Deserialize<InstallationSettings>(Json)
                ?? throw new InstallationFileException($"{path} is empty. 'lastmile init' writes an example.");
            return Empty(settings) is { } empty
                ? throw new InstallationFileException($"{path} is invalid: {empty} is null. Fill it in, or remove it.")
                : settings;
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            throw new InstallationFileException($"{path} can't be read: {unreadable.Message}", unreadable);
        }
        catch (JsonException invalid)
        {
            throw new InstallationFileException($"{path} is invalid: {invalid.Message}", invalid);
        }
    }

    // The serializer rejects null only in places whose type says so, which is not possible for values of a dictionary.
    private static string? Empty(InstallationSettings settings) =>
        settings.Regions.Where(region => region.Value is null).Select(region => $"Regions:{region.Key}")
            .Concat(settings.ApplicationRabbitMq.Where(login => login.Value is null).Select(login => $"ApplicationRabbitMq:{login.Key}"))
            .FirstOrDefault();

    private static JsonNode? Expand(JsonNode? node, string path) => node switch
    {
        JsonObject container => new JsonObject(container.Select(member => KeyValuePair.Create(member.Key, Expand(member.Value, path)))),
        JsonArray list => new JsonArray([.. list.Select(item => Expand(item, path))]),
        JsonValue value when value.TryGetValue<string>(out var text) => JsonValue.Create(
            Variable().Replace(text, match => ValueOf(match.Groups["name"].Value, path))),
        _ => node?.DeepClone(),
    };

    private static string ValueOf(string variable, string path) =>
        Environment.GetEnvironmentVariable(variable)
        ?? throw new InstallationFileException($"{path} names the environment variable {variable}, which is not set. "
            + "Set it, or write the value into the file.");

    [GeneratedRegex(@"\$\{(?<name>[A-Za-z_][A-Za-z0-9_]*)\}", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Variable();
}

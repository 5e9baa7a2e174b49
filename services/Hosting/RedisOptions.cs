using System.ComponentModel.DataAnnotations;
using StackExchange.Redis;

namespace LastMile.Events.Hosting;

/// <summary>
/// The connection to a Redis: section <c>Redis</c>. The Invalidator uses the primary, if there is one; an agent uses its region's Redis.
/// </summary>
public sealed class RedisOptions : IValidatableObject
{
    /// <summary>The section's name.</summary>
    public const string Section = "Redis";

    /// <summary>
    /// The server, in the form of StackExchange.Redis: <c>host:port,user=…,password=…,ssl=true</c>. Required for an agent. An Invalidator
    /// without it serves only independent regions.
    /// </summary>
    public string ConnectionString { get; set; } = "";

    /// <summary>
    /// A PEM file of the CA that signs the server's certificate, for TLS (<c>ssl=true</c>). Default none: the CAs that the machine trusts.
    /// </summary>
    public string? CaCertificate { get; set; }

    /// <summary>
    /// The prefix of every name that LastMile writes. Default <c>lm:</c>. It must be the same for the Invalidator, its agents and readers
    /// of tags.
    /// </summary>
    public string KeyPrefix { get; set; } = Redis.RedisKeys.DefaultPrefix;

    /// <summary>What the names of these settings begin with, for messages. Default <c>Redis:</c>.</summary>
    internal string SettingPrefix { get; set; } = $"{Section}:";

    internal bool IsRequired { get; set; } = true;

    internal string CaCertificateSetting => $"{SettingPrefix}{nameof(CaCertificate)}";

    /// <summary>Returns the options of another server, whose names in Redis have the same prefix.</summary>
    /// <param name="settingPrefix">What the names of its settings begin with, such as <c>Region:Primary</c>.</param>
    /// <param name="connectionString">As <see cref="ConnectionString"/>.</param>
    /// <param name="caCertificate">As <see cref="CaCertificate"/>.</param>
    public RedisOptions Of(string settingPrefix, string connectionString, string? caCertificate) => new()
    {
        SettingPrefix = settingPrefix,
        ConnectionString = connectionString,
        CaCertificate = caCertificate,
        KeyPrefix = KeyPrefix,
    };

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (string.IsNullOrWhiteSpace(ConnectionString) ? IsRequired : !Parses(ConnectionString))
        {
            yield return new ValidationResult(
                $"{SettingPrefix}ConnectionString must be host:port, with options after commas, as StackExchange.Redis reads it; "
                    + "it is missing or invalid.");
        }

        if (string.IsNullOrEmpty(KeyPrefix) || KeyPrefix.Any(char.IsControl))
            yield return new ValidationResult($"{SettingPrefix}KeyPrefix must be a short text without control characters, such as 'lm:'.");
        foreach (var error in ValidateAuthority())
            yield return error;
    }

    private IEnumerable<ValidationResult> ValidateAuthority()
    {
        if (string.IsNullOrEmpty(CaCertificate))
            yield break;
        if (CustomCaValidator.Problem(CaCertificateSetting, CaCertificate) is { } problem)
            yield return new ValidationResult(problem);
        if (Parses(ConnectionString) && !ConfigurationOptions.Parse(ConnectionString).Ssl)
        {
            yield return new ValidationResult(
                $"{CaCertificateSetting} is set without TLS. Add ssl=true to {SettingPrefix}ConnectionString, or remove "
                    + $"{CaCertificateSetting}.");
        }
    }

    private static bool Parses(string text)
    {
        try
        {
            return ConfigurationOptions.Parse(text).EndPoints.Count > 0;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}

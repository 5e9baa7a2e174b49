using System.ComponentModel.DataAnnotations;
using System.Reflection;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace LastMile.Events.Hosting;

/// <summary>
/// Binds options property by property. The framework's binder stops at the first invalid value, which hides the other errors, and ignores
/// unknown settings, which are errors here.
/// </summary>
internal sealed class BoundSettings<T>(IConfiguration configuration, string section) : IConfigureOptions<T>, IValidateOptions<T>
    where T : class
{
    private readonly List<string> unreadable = [];

    public void Configure(T options)
    {
        unreadable.Clear();
        foreach (var property in KnownSettings.Of(typeof(T)))
        {
            var setting = configuration.GetSection(section).GetSection(property.Name);
            if (!setting.Exists())
                continue;

            if (TryRead(setting, property, out var value))
                property.SetValue(options, value);
            else
                unreadable.Add($"{setting.Path} must be {Form(property.PropertyType)}; it is '{setting.Value}'.");
        }
    }

    public ValidateOptionsResult Validate(string? name, T options)
    {
        // Not TryValidateObject, which skips the object's own checks when a property fails, and so hides errors.
        var results = new List<ValidationResult>();
        foreach (var property in KnownSettings.Of(typeof(T)))
        {
            var context = new ValidationContext(options) { MemberName = property.Name };
            Validator.TryValidateProperty(property.GetValue(options), context, results);
        }

        if (options is IValidatableObject self)
            results.AddRange(self.Validate(new ValidationContext(options)));
        string[] errors =
            [
                .. KnownSettings.Misspelled(configuration, section, typeof(T)),
                .. unreadable,
                .. results.Select(result => result.ErrorMessage!),
            ];
        return errors.Length == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }

    private static bool TryRead(IConfigurationSection setting, PropertyInfo property, out object? value)
    {
        if (property.PropertyType == typeof(TimeSpan))
        {
            var read = Duration.TryParseSetting(setting.Value ?? "", out var duration);
            value = duration;
            return read;
        }

        try
        {
            value = setting.Get(property.PropertyType);
            return true;
        }
        catch (InvalidOperationException)
        {
            value = null;
            return false;
        }
    }

    private static string Form(Type type) => (Nullable.GetUnderlyingType(type) ?? type) switch
    {
        { IsEnum: true } choice => "one of " + string.Join(", ", Enum.GetNames(choice)),
        var plain when plain == typeof(TimeSpan) => "a duration with a unit, such as 500ms, 5s, 2m, 1h or 1d, or in the form 00:00:01.500",
        var plain when plain == typeof(bool) => "true or false",
        var plain when plain == typeof(int) || plain == typeof(long) => "a whole number",
        var other => $"a value of {other.Name}",
    };
}

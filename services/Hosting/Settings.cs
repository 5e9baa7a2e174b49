using System.ComponentModel.DataAnnotations;
using System.Reflection;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace LastMile.Events.Hosting;

/// <summary>Reads sections of the configuration into options, so that every error is found at the start.</summary>
public static class Settings
{
    /// <summary>Binds a section and validates it when the service starts, by the options' own <see cref="IValidatableObject"/>.</summary>
    /// <typeparam name="T">The options. Setters only: a collection is set, not added to.</typeparam>
    /// <param name="services">The service's registrations.</param>
    /// <param name="section">The section's name.</param>
    public static IServiceCollection AddSettings<T>(this IServiceCollection services, string section)
        where T : class
    {
        services.AddOptions<T>().ValidateOnStart();
        services.AddSingleton(provider => new BoundSettings<T>(provider.GetRequiredService<IConfiguration>().GetSection(section)));
        services.AddSingleton<IConfigureOptions<T>>(provider => provider.GetRequiredService<BoundSettings<T>>());
        return services.AddSingleton<IValidateOptions<T>>(provider => provider.GetRequiredService<BoundSettings<T>>());
    }
}

/// <summary>Binds property by property: the framework's binder ends at the first value that it can't read, and so hides the other errors.</summary>
internal sealed class BoundSettings<T>(IConfigurationSection section) : IConfigureOptions<T>, IValidateOptions<T>
    where T : class
{
    private readonly List<string> unreadable = [];

    public void Configure(T options)
    {
        unreadable.Clear();
        foreach (var property in typeof(T).GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(property => property.CanWrite))
        {
            var setting = section.GetSection(property.Name);
            if (!setting.Exists())
                continue;

            try
            {
                property.SetValue(options, setting.Get(property.PropertyType));
            }
            catch (InvalidOperationException)
            {
                unreadable.Add($"{setting.Path} must be {Form(property.PropertyType)}; it is '{setting.Value}'.");
            }
        }
    }

    public ValidateOptionsResult Validate(string? name, T options)
    {
        var results = new List<ValidationResult>();
        Validator.TryValidateObject(options, new ValidationContext(options), results, validateAllProperties: true);
        string[] errors = [.. unreadable, .. results.Select(result => result.ErrorMessage!)];
        return errors.Length == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }

    private static string Form(Type type) => (Nullable.GetUnderlyingType(type) ?? type) switch
    {
        { IsEnum: true } choice => "one of " + string.Join(", ", Enum.GetNames(choice)),
        var plain when plain == typeof(TimeSpan) => "a duration, as 00:00:01.500 for one and a half seconds",
        var plain when plain == typeof(bool) => "true or false",
        var plain when plain == typeof(int) || plain == typeof(long) => "a whole number",
        var other => $"a value of {other.Name}",
    };
}

using LastMile.Events.EntityFrameworkCore.Declaring;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;

namespace LastMile.Events.EntityFrameworkCore.Keys;

/// <summary>Reads what a template names from an entity that is loaded.</summary>
internal static class EntityValue
{
    /// <returns>The value; null where it is null, or where the row that it is in does not exist.</returns>
    /// <exception cref="InvalidOperationException">The entity does not hold the value.</exception>
    public static object? Read(DbContext context, object entity, PropertyPath path)
    {
        object? owner = entity;
        foreach (var step in path.Steps)
        {
            var next = ((IPropertyBase)step).GetGetter().GetClrValue(owner);
            if (next is null)
                return step is IReadOnlyNavigation navigation && !LeadsNowhere(context, owner, navigation) ? throw NotLoaded(navigation) : null;

            owner = next;
        }

        return Read(context, owner, path.Property);
    }

    private static object? Read(DbContext context, object owner, IReadOnlyProperty property)
    {
        if (!property.IsShadowProperty())
            return ((IProperty)property).GetGetter().GetClrValue(owner);

        var entry = context.Entry(owner);
        return entry.State == EntityState.Detached
            ? throw new InvalidOperationException(
                $"{EntityNames.Of(property.DeclaringType)} is not tracked, and only tracked entities hold the shadow property {property.Name}. Track it, or pass the values to CacheKey or CacheTag.")
            : entry.Property(property.Name).CurrentValue;
    }

    // True for an owned type that is null, a foreign key that is null, and a reference that EF Core has loaded and not found.
    private static bool LeadsNowhere(DbContext context, object owner, IReadOnlyNavigation navigation)
    {
        if (navigation.ForeignKey.IsOwnership)
            return true;
        if (navigation.IsOnDependent)
            return navigation.ForeignKey.Properties.Any(property => Read(context, owner, property) is null);

        var entry = context.Entry(owner);
        return entry.State != EntityState.Detached && entry.Reference(navigation.Name).IsLoaded;
    }

    private static InvalidOperationException NotLoaded(IReadOnlyNavigation navigation) => new(
        $"{EntityNames.Of(navigation.DeclaringEntityType)}.{navigation.Name} is not loaded, and a purge rule shows a value of it. Load it with Include, or pass the values to CacheKey or CacheTag.");
}

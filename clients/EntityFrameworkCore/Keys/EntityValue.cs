using LastMile.Events.EntityFrameworkCore.Declaring;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;

namespace LastMile.Events.EntityFrameworkCore.Keys;

/// <summary>Reads the values that a template names from a loaded entity.</summary>
internal static class EntityValue
{
    /// <returns>The value; null if it is null or its row does not exist.</returns>
    /// <exception cref="InvalidOperationException">The entity does not hold the value.</exception>
    public static object? Read(DbContext context, object entity, PropertyPath path)
    {
        object? owner = entity;
        foreach (var step in path.Steps)
        {
            var next = ((IPropertyBase)step).GetGetter().GetClrValue(owner);
            if (next is null)
            {
                return step is IReadOnlyNavigation navigation && !HasNoTarget(context, owner, navigation)
                    ? throw NotLoaded(navigation)
                    : null;
            }

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
                $"{EntityNames.Of(property.DeclaringType)} is not tracked, but only tracked entities hold the shadow property "
                    + $"{property.Name}. Track it, or pass the values to CacheKey or CacheTag.")
            : entry.Property(property.Name).CurrentValue;
    }

    // True for a null owned type, a null foreign key, and a reference that EF Core has loaded without finding a row.
    private static bool HasNoTarget(DbContext context, object owner, IReadOnlyNavigation navigation)
    {
        if (navigation.ForeignKey.IsOwnership)
            return true;
        if (navigation.IsOnDependent)
            return navigation.ForeignKey.Properties.Any(property => Read(context, owner, property) is null);

        var entry = context.Entry(owner);
        return entry.State != EntityState.Detached && entry.Reference(navigation.Name).IsLoaded;
    }

    private static InvalidOperationException NotLoaded(IReadOnlyNavigation navigation) => new(
        $"{EntityNames.Of(navigation.DeclaringEntityType)}.{navigation.Name} is not loaded, but a purge rule shows one of its values. "
            + "Load it with Include, or pass the values to CacheKey or CacheTag.");
}

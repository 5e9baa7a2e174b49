using LastMile.Events.EntityFrameworkCore.Declaring;
using Microsoft.EntityFrameworkCore;

namespace LastMile.Events.EntityFrameworkCore;

/// <summary>Declares on a whole model the keys that changes purge from every region's cache.</summary>
public static class PurgeRuleModelBuilderExtensions
{
    /// <summary>Drops a key when any entity changes: <c>{Entity}:{Key}</c> gives <c>Product:7</c>, for example.</summary>
    /// <remarks>
    /// <para>
    /// <c>{Entity}</c> is the entity's name: the one that <c>HasPurgeName</c> sets, or the short name of its class, or of its root in a
    /// hierarchy. <c>{Key}</c> is the properties of its primary key, joined by ':'. An entity keeps its own rules, and an equal rule is not
    /// added twice. Types without a key or a table are left out: keyless types, views, and owned types in JSON.
    /// </para>
    /// <para>
    /// Rows that are part of another entity purge that entity's key: rows of an owned type in a separate table purge the owner's key, and
    /// rows of a many-to-many join purge the keys of both ends (and their own key, if the join has its own class).
    /// </para>
    /// </remarks>
    /// <param name="model">The model's builder. The call may be anywhere in <c>OnModelCreating</c>.</param>
    /// <param name="template">The key's template, which may contain <c>{Entity}</c> and <c>{Key}</c>.</param>
    /// <exception cref="InvalidOperationException">The context is set up without <c>UseLastMile()</c>.</exception>
    public static ModelBuilder PurgesEveryEntity(this ModelBuilder model, string template)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(template);
        PurgeRuleConventions.ThrowUnlessOn(model.Model, "The model");
        EveryEntityRule.Declare(model.Model, template);
        return model;
    }
}
